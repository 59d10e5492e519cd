import { nameIn } from "../../model/select";
import type { Message, Reaction } from "../../model/types";
import { t } from "../../texts";
import { useChat, useClient } from "../hooks";
import styles from "./Reactions.module.css";

const NAMED = 12;

/** Under a message: each emoji with how many gave it. Ours is marked; a click gives or takes it back. */
export function Reactions({ message }: { message: Message }) {
  const { chat } = useClient();
  const me = useChat((state) => state.me?.id);
  const conversation = useChat((state) => state.conversations[message.conversationId]);
  const byEmoji = new Map<string, Reaction[]>();
  for (const one of message.reactions) byEmoji.set(one.emoji, [...(byEmoji.get(one.emoji) ?? []), one]);
  const nameOf = (userId: string) =>
    userId === me ? t.reactions.you : (nameIn(conversation, userId) ?? t.reactions.someone);
  return (
    <ul className={styles.reactions} aria-label={t.reactions.region}>
      {[...byEmoji].map(([emoji, given]) => {
        const names = given.slice(0, NAMED).map(({ userId }) => nameOf(userId));
        const who = names.join(", ") + (given.length > NAMED ? " …" : "");
        const mine = given.some(({ userId }) => userId === me);
        return (
          <li key={emoji}>
            <button
              type="button"
              className={mine ? `${styles.chip} ${styles.mine}` : styles.chip}
              aria-pressed={mine}
              aria-label={t.reactions.chip(emoji, given.length, who)}
              title={t.reactions.who(emoji, who)}
              data-testid="reaction"
              onClick={() => chat.changes.react(message, emoji)}
            >
              <span className={styles.emoji}>{emoji}</span>
              <span className={styles.count}>{given.length}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
