import { gist } from "../../model/preview";
import type { Quote as Quoted } from "../../model/types";
import { t } from "../../texts";
import { gistText } from "../../texts.files";
import { useChat, useClient } from "../hooks";
import styles from "./Quote.module.css";

interface Props {
  conversationId: string;
  /** Null: it answers something we may not see. */
  quote: Quoted | null;
}

/** What a message answers. A click goes there. */
export function Quote({ conversationId, quote }: Props) {
  const { chat } = useClient();
  const me = useChat((state) => state.me?.id);
  if (!quote) return <p className={`${styles.quote} ${styles.unseen}`}>{t.quote.unseen}</p>;
  const name = quote.senderId === me ? t.list.you : quote.senderName;
  return (
    <button
      type="button"
      className={styles.quote}
      title={t.quote.jump(name)}
      data-testid="quote"
      onClick={() => void chat.jumpTo(conversationId, quote.number)}
    >
      <QuoteBody name={name} quote={quote} />
    </button>
  );
}

export function QuoteBody({ name, quote }: { name: string; quote: Quoted }) {
  return (
    <>
      <span className={styles.name} dir="auto">
        {name}
      </span>
      <span className={quote.deleted ? `${styles.text} ${styles.gone}` : styles.text} dir="auto">
        {quote.deleted ? t.quote.deleted : gistText(gist(quote)) || t.quote.deleted}
      </span>
    </>
  );
}
