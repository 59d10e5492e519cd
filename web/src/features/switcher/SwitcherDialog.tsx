import { type KeyboardEvent, useId, useState } from "react";
import { conversationOrder, matching, partner } from "../../model/select";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Dialog } from "../../ui/Dialog";
import { useChat } from "../hooks";
import { openConversation } from "../router";
import styles from "./SwitcherDialog.module.css";

const MOST = 12;

/** Ctrl+K: a few letters and Enter. The list begins with the latest conversations. */
export function SwitcherDialog({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const order = useChat((state) => conversationOrder(state.conversations));
  const me = useChat((state) => state.me?.id);
  const found = matching(order, query).slice(0, MOST);
  const at = Math.min(active, found.length - 1);
  const listId = useId();

  function go(id: string) {
    onClose();
    openConversation(id);
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setActive(Math.max(0, Math.min(found.length - 1, at + step)));
    }
    const chosen = found[at];
    if (event.key === "Enter" && chosen && !event.nativeEvent.isComposing) go(chosen.id);
  }

  return (
    <Dialog title={t.switcher.title} closeLabel={t.close} onClose={onClose} bare>
      <input
        className={styles.input}
        role="combobox"
        aria-label={t.switcher.title}
        aria-expanded={found.length > 0}
        aria-controls={listId}
        aria-activedescendant={found[at] ? `${listId}-${at}` : undefined}
        placeholder={t.switcher.placeholder}
        autoComplete="off"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        data-autofocus
      />
      {found.length === 0 && (
        <p className={styles.none}>{query.trim() ? t.switcher.none(query.trim()) : t.list.emptyTitle}</p>
      )}
      <div id={listId} className={styles.list} role="listbox" aria-label={t.list.region}>
        {found.map((conversation, index) => {
          const other = partner(conversation, me);
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the input (combobox).
            // biome-ignore lint/a11y/useFocusableInteractive: a combobox keeps the focus in its input.
            <div
              key={conversation.id}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === at}
              className={styles.option}
              onClick={() => go(conversation.id)}
            >
              <Avatar
                id={other?.id ?? conversation.id}
                name={conversation.name}
                image={other?.image ?? conversation.avatarUrl}
                size={28}
                square={conversation.type === "group"}
              />
              <span className={styles.name} dir="auto">
                {conversation.name}
              </span>
              {conversation.unread > 0 && (
                <span className={styles.unread}>{t.list.unread(conversation.unread)}</span>
              )}
            </div>
          );
        })}
      </div>
    </Dialog>
  );
}
