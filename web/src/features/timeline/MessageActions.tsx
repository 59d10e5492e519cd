import { lazy, Suspense, useLayoutEffect, useRef, useState } from "react";
import { isEditable } from "../../model/box";
import { pathOf } from "../../model/route";
import type { Message } from "../../model/types";
import { t } from "../../texts";
import { IconButton } from "../../ui/Button";
import type { MenuItem } from "../../ui/Menu";
import { MenuList } from "../../ui/MenuList";
import { Popover } from "../../ui/Popover";
import { part } from "../app/outdated";
import { useChat, useClient } from "../hooks";
import styles from "./MessageActions.module.css";

// None of them is needed for the first view.
const EmojiPicker = lazy(part(() => import("../emoji/EmojiPicker")));
const DeleteDialog = lazy(part(() => import("./DeleteDialog")));
const SeenDialog = lazy(part(() => import("./SeenDialog")));

export type Surface = "react" | "menu" | "delete" | "seen" | null;

interface Props {
  /** As it is shown. */
  message: Message;
  surface: Surface;
  onSurface: (surface: Surface) => void;
}

/** What can be done with a message: beside it while the pointer or the focus is on it. */
export function MessageActions({ message, surface, onSurface }: Props) {
  const { chat } = useClient();
  const me = useChat((state) => state.me?.id);
  const react = useRef<HTMLButtonElement>(null);
  const more = useRef<HTMLButtonElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const [below, setBelow] = useState(false);
  const [said, setSaid] = useState("");
  // At the upper edge of the log there is no room above.
  useLayoutEffect(() => {
    const log = bar.current?.closest("[role=log]");
    if (!bar.current || !log) return;
    setBelow(bar.current.getBoundingClientRect().top < log.getBoundingClientRect().top);
  }, []);
  const close = () => onSurface(null);
  const deleted = message.deletedAt !== null;
  const copy = async (text: string) => {
    await navigator.clipboard.writeText(text).catch(() => copyByHand(text));
    setSaid(t.actions.copied);
  };
  const compose = (begin: () => void) => {
    begin();
    document.getElementById("composer")?.focus();
  };
  const link = pathOf({ name: "conversation", id: message.conversationId, message: message.number });
  const items: MenuItem[] = [
    ...(message.content && message.type === "TEXT"
      ? [{ label: t.actions.copyText, icon: "copy" as const, onSelect: () => void copy(message.content) }]
      : []),
    {
      label: t.actions.copyLink,
      icon: "link",
      onSelect: () => void copy(window.location.origin + link),
    },
    ...(message.senderId === me && !deleted
      ? [{ label: t.actions.seenBy, icon: "eye" as const, onSelect: () => onSurface("seen") }]
      : []),
    {
      label: t.actions.remove,
      icon: "trash",
      danger: true,
      apart: true,
      onSelect: () => onSurface("delete"),
    },
  ];
  return (
    <>
      <div
        ref={bar}
        className={below ? `${styles.bar} ${styles.below}` : styles.bar}
        role="toolbar"
        aria-label={t.actions.toolbar}
      >
        {!deleted && (
          <>
            <IconButton ref={react} icon="react" label={t.actions.react} onClick={() => onSurface("react")} />
            <IconButton
              icon="reply"
              label={t.actions.reply}
              onClick={() => compose(() => chat.box.reply(message))}
            />
          </>
        )}
        {isEditable(message, me) && (
          <IconButton
            icon="edit"
            label={t.actions.edit}
            onClick={() => compose(() => chat.box.edit(message))}
          />
        )}
        <IconButton
          ref={more}
          icon="more"
          label={t.actions.more}
          aria-haspopup="menu"
          onClick={() => onSurface("menu")}
        />
        <span className="hidden" role="status">
          {said}
        </span>
      </div>
      {surface === "menu" && (
        <MenuList anchor={more} label={t.actions.toolbar} items={items} onClose={close} />
      )}
      <Suspense>
        {surface === "react" && (
          <Popover anchor={react} label={t.reactions.picker} onClose={close}>
            <EmojiPicker
              label={t.reactions.with}
              onPick={(emoji) => {
                close();
                chat.changes.react(message, emoji);
              }}
            />
          </Popover>
        )}
        {surface === "delete" && <DeleteDialog message={message} onClose={close} />}
        {surface === "seen" && <SeenDialog message={message} onClose={close} />}
      </Suspense>
    </>
  );
}

/** On plain http there is no clipboard to ask. */
function copyByHand(text: string): void {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
