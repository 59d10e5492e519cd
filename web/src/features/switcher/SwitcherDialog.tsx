import { type KeyboardEvent, useId, useState } from "react";
import { partner } from "../../model/select";
import type { Failure } from "../../model/types";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Dialog } from "../../ui/Dialog";
import { FormError } from "../../ui/Field";
import { useChat, useClient } from "../hooks";
import { openConversation } from "../router";
import styles from "./SwitcherDialog.module.css";
import { type Find, useFinds } from "./useFinds";

/** Ctrl+K: a few letters and Enter. Begins with the latest conversations; people one never wrote to are found as well. */
export function SwitcherDialog({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const [failure, setFailure] = useState<Failure | null>(null);
  const { chat } = useClient();
  const found = useFinds(query);
  const at = Math.min(active, found.length - 1);
  const listId = useId();

  async function go(find: Find) {
    let id = find.kind === "conversation" ? find.conversation.id : "";
    if (find.kind === "person") {
      const answer = await chat.create({ type: "dm", memberIds: [find.person.id] });
      if (!answer.ok) return setFailure(answer.failure);
      id = answer.value.id;
    }
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
    if (event.key === "Enter" && chosen && !event.nativeEvent.isComposing) void go(chosen);
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
        {found.map((find, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the input (combobox).
          // biome-ignore lint/a11y/useFocusableInteractive: a combobox keeps the focus in its input.
          <div
            key={find.kind === "person" ? find.person.id : find.conversation.id}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === at}
            className={styles.option}
            onClick={() => void go(find)}
          >
            <Option find={find} />
          </div>
        ))}
      </div>
      {failure && <FormError>{t.failure(failure)}</FormError>}
    </Dialog>
  );
}

function Option({ find }: { find: Find }) {
  const me = useChat((state) => state.me?.id);
  if (find.kind === "person") {
    const { id, name, image, about, email } = find.person;
    return (
      <>
        <Avatar id={id} name={name} image={image} size={28} />
        <span className={styles.name} dir="auto">
          {name}
        </span>
        <span className={styles.unread}>{about || email}</span>
      </>
    );
  }
  const { conversation } = find;
  const other = partner(conversation, me);
  return (
    <>
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
      {conversation.unread > 0 && <span className={styles.unread}>{t.list.unread(conversation.unread)}</span>}
    </>
  );
}
