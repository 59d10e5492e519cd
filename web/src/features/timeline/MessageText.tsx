import { memo } from "react";
import { pieces } from "../../model/links";
import { t } from "../../texts";
import styles from "./MessageRow.module.css";

/** The text as it was written, as text nodes; addresses become links. */
export const MessageText = memo(function MessageText({ text, edited }: { text: string; edited: boolean }) {
  return (
    <p className={styles.text} dir="auto">
      {pieces(text).map(({ text: part, href }, index) =>
        href ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never move.
          <a key={index} href={href} target="_blank" rel="noopener noreferrer nofollow">
            {part}
          </a>
        ) : (
          part
        ),
      )}
      {edited && <span className={styles.edited}> ({t.conversation.edited})</span>}
    </p>
  );
});
