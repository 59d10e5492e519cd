import { partner } from "../../model/select";
import type { Conversation } from "../../model/types";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import styles from "./Beginning.module.css";

/** Above the very first message. */
export function Beginning({ conversation, me }: { conversation: Conversation; me: string }) {
  const { name, type, last } = conversation;
  const other = partner(conversation, me);
  return (
    <div className={styles.beginning}>
      <Avatar
        id={other?.id ?? conversation.id}
        name={name}
        image={other?.image ?? conversation.avatarUrl}
        size={56}
        square={type === "group"}
      />
      <p className={styles.text} dir="auto">
        {type === "group" ? t.conversation.beginGroup(name) : t.conversation.beginDm(name)}
      </p>
      {!last && <p className={styles.hint}>{t.conversation.beginHint}</p>}
    </div>
  );
}
