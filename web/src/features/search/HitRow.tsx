import { memo } from "react";
import { excerpt } from "../../model/marks";
import type { Hit } from "../../model/requests";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { ago, exact } from "../format";
import styles from "./SearchPanel.module.css";

interface Props {
  id: string;
  hit: Hit;
  query: string;
  active: boolean;
  /** The conversation is known from the panel's title. */
  inside: boolean;
  onChoose: (hit: Hit) => void;
}

/** One message that was found: where, who, when, and the words around. */
export const HitRow = memo(function HitRow({ id, hit, query, active, inside, onChoose }: Props) {
  const { message, conversationName } = hit;
  const pieces = excerpt(message.content || message.facts.file?.name || "", query);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the search box (combobox).
    // biome-ignore lint/a11y/useFocusableInteractive: a combobox keeps the focus in its input.
    <div
      id={id}
      role="option"
      aria-selected={active}
      className={styles.hit}
      data-testid="search-hit"
      data-message-id={message.id}
      onClick={() => onChoose(hit)}
    >
      <Avatar id={message.senderId} name={message.senderName} size={30} />
      <span className={styles.hitHead}>
        <span className={styles.hitName} dir="auto">
          {message.senderName}
        </span>
        <time dateTime={message.at} title={exact(message.at)} className={styles.when}>
          {ago(message.at)}
        </time>
      </span>
      {!inside && (
        <span className={styles.where} dir="auto">
          {t.search.inside(conversationName)}
        </span>
      )}
      <span className={styles.excerpt} dir="auto">
        {pieces.map(({ text, marked }, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never move.
          marked ? <mark key={index}>{text}</mark> : text,
        )}
      </span>
    </div>
  );
});
