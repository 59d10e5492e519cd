import { memo, useMemo } from "react";
import { pieces } from "../../model/links";
import { namesIn, spoken } from "../../model/mentions";
import type { Message } from "../../model/types";
import { t } from "../../texts";
import { exact } from "../format";
import { useChat } from "../hooks";
import styles from "./MessageRow.module.css";

interface Props {
  text: string;
  /** Null until the server has it. */
  message: Message | null;
  edited: boolean;
}

/** The text as it was written, as text nodes; addresses become links, names of who is spoken to stand out. */
export const MessageText = memo(function MessageText({ text, message, edited }: Props) {
  const facts = message?.facts;
  const speaks = facts !== undefined && (facts.mentionsAll || facts.mentions.length > 0);
  const conversation = useChat((state) =>
    speaks ? state.conversations[message?.conversationId ?? ""] : undefined,
  );
  const me = useChat((state) => state.me?.id ?? "");
  const names = useMemo(() => (facts ? namesIn(facts, conversation, me) : []), [facts, conversation, me]);
  return (
    <p className={styles.text} dir="auto">
      {pieces(text).map(({ text: part, href }, index) =>
        href ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never move.
          <a key={index} href={href} target="_blank" rel="noopener noreferrer nofollow">
            {part}
          </a>
        ) : (
          spoken(part, names).map(({ text: word, to }, place) =>
            to === null ? (
              word
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: as above.
              <mark key={`${index} ${place}`} className={to === "me" ? styles.toMe : styles.toOther}>
                {word}
              </mark>
            ),
          )
        ),
      )}
      {edited && (
        <span className={styles.edited} title={message?.editedAt ? exact(message.editedAt) : undefined}>
          {" "}
          ({t.conversation.edited})
        </span>
      )}
    </p>
  );
});
