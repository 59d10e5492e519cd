import { noPositions } from "../../model/receipts";
import { seenBy } from "../../model/select";
import type { Message, Person } from "../../model/types";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Dialog } from "../../ui/Dialog";
import { useChat } from "../hooks";
import styles from "./SeenDialog.module.css";

/** Who has a message and who has read it, moving live. Of a large group only how many. */
export default function SeenDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const id = message.conversationId;
  const conversation = useChat((state) => state.conversations[id]);
  const reads = useChat((state) => state.reads[id] ?? noPositions);
  const deliveries = useChat((state) => state.deliveries[id] ?? noPositions);
  const seen = seenBy(message, conversation, reads, deliveries);
  return (
    <Dialog title={t.receipts.title} closeLabel={t.close} onClose={onClose}>
      {"readers" in seen ? (
        <p>{seen.all ? t.receipts.all : t.receipts.large(seen.readers)}</p>
      ) : (
        (["read", "delivered", "sent"] as const).map((state) =>
          state === "read" || seen[state].length > 0 ? (
            <section key={state} data-testid={`seen-${state}`}>
              <h3 className={styles.state}>{t.receipts[state]}</h3>
              <People people={seen[state]} />
            </section>
          ) : null,
        )
      )}
    </Dialog>
  );
}

function People({ people }: { people: readonly Person[] }) {
  if (people.length === 0) return <p className={styles.nobody}>{t.receipts.nobody}</p>;
  return (
    <ul>
      {people.map(({ id, name, image }) => (
        <li key={id} className={styles.person}>
          <Avatar id={id} name={name} image={image} size={28} />
          <span dir="auto">{name}</span>
        </li>
      ))}
    </ul>
  );
}
