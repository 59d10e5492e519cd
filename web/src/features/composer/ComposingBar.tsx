import type { Composing } from "../../model/state";
import { t } from "../../texts";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { useChat } from "../hooks";
import { QuoteBody } from "../timeline/Quote";
import styles from "./ComposingBar.module.css";

/** Above the text: what it answers, or that it is the new text of a message that is there. */
export function ComposingBar({ composing, onCancel }: { composing: Composing; onCancel: () => void }) {
  const me = useChat((state) => state.me?.id);
  const reply = composing.kind === "reply";
  return (
    <div className={styles.bar} data-testid="composing" data-kind={composing.kind}>
      <Icon name={reply ? "reply" : "edit"} size={18} />
      <p className={styles.what}>
        {reply ? (
          <QuoteBody
            name={composing.quote.senderId === me ? t.quote.toSelf : t.quote.to(composing.quote.senderName)}
            quote={composing.quote}
          />
        ) : (
          <strong>{t.composing.editing}</strong>
        )}
      </p>
      <IconButton icon="close" label={t.composing.cancel} onClick={onCancel} />
    </div>
  );
}
