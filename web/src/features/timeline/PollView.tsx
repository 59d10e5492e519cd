import { useEffect, useId, useState } from "react";
import { nameIn } from "../../model/select";
import type { Message, Poll } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { exact } from "../format";
import { useChat, useClient } from "../hooks";
import styles from "./PollView.module.css";

/** A question with its answers: one votes by choosing, and sees at once how it stands. */
export function PollView({ message, poll }: { message: Message; poll: Poll }) {
  const { chat } = useClient();
  const me = useChat((state) => state.me?.id ?? "");
  const name = useId();
  const over = useOver(poll);
  const voters = new Set(poll.options.flatMap((option) => option.voters));
  const mine = poll.options.filter((option) => option.voters.includes(me)).map(({ id }) => id);

  function choose(id: string) {
    if (!poll.multiple) {
      if (!mine.includes(id)) chat.changes.vote(message, [id]);
      return;
    }
    const chosen = mine.includes(id) ? mine.filter((other) => other !== id) : [...mine, id];
    if (chosen.length > 0) chat.changes.vote(message, chosen);
  }

  return (
    <fieldset className={styles.poll} data-testid="poll" data-over={over || undefined}>
      <legend className={styles.question} dir="auto">
        {poll.question}
      </legend>
      {poll.options.map(({ id, text, voters: given }) => {
        const percent = voters.size === 0 ? 0 : Math.round((given.length / voters.size) * 100);
        const last = poll.multiple && mine.length === 1 && mine[0] === id;
        return (
          <label key={id} className={styles.option} title={last ? t.polls.last : undefined}>
            <input
              type={poll.multiple ? "checkbox" : "radio"}
              name={name}
              checked={mine.includes(id)}
              disabled={over}
              aria-label={t.polls.option(text, given.length, percent)}
              onChange={() => choose(id)}
            />
            <span className={styles.text} dir="auto">
              {text}
            </span>
            <span className={styles.count}>{given.length > 0 && `${given.length} · ${percent} %`}</span>
            <meter className={styles.bar} min={0} max={100} value={percent} aria-hidden="true" />
          </label>
        );
      })}
      <p className={styles.foot}>
        {[
          t.polls.poll,
          poll.multiple && t.polls.multiple,
          ending(poll, over),
          voters.size > 0 && t.polls.people(voters.size),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {voters.size > 0 && <Voters poll={poll} conversationId={message.conversationId} me={me} />}
      {!over && message.senderId === me && (
        <Button look="quiet" className={styles.close} onClick={() => chat.changes.close(message)}>
          {t.polls.close}
        </Button>
      )}
    </fieldset>
  );
}

function Voters({ poll, conversationId, me }: { poll: Poll; conversationId: string; me: string }) {
  const conversation = useChat((state) => state.conversations[conversationId]);
  const nameOf = (id: string) =>
    id === me ? t.reactions.you : (nameIn(conversation, id) ?? t.reactions.someone);
  return (
    <details className={styles.who}>
      <summary>{t.polls.who}</summary>
      <dl>
        {poll.options.map(({ id, text, voters }) => (
          <div key={id}>
            <dt dir="auto">{text}</dt>
            <dd dir="auto">{voters.map(nameOf).join(", ") || t.polls.nobody}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function ending(poll: Poll, over: boolean): string | null {
  if (poll.expiresAt === null) return over ? t.polls.closed : null;
  if (!over) return t.polls.ends(exact(poll.expiresAt));
  return Date.parse(poll.expiresAt) <= Date.now() ? t.polls.ended(exact(poll.expiresAt)) : t.polls.closed;
}

/** Closed, or past its time; it notices when that comes. */
function useOver({ closed, expiresAt }: Poll): boolean {
  const [, again] = useState(0);
  const over = closed || (expiresAt !== null && Date.parse(expiresAt) <= Date.now());
  useEffect(() => {
    if (over || expiresAt === null) return;
    // A longer timer would overflow; nobody looks at one page that long.
    const left = Math.min(Date.parse(expiresAt) - Date.now(), 86_400_000);
    const timer = setTimeout(() => again((n) => n + 1), left + 50);
    return () => clearTimeout(timer);
  }, [over, expiresAt]);
  return over;
}
