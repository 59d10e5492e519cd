import {
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { isEditable } from "../../model/box";
import { createStore } from "../../model/store";
import type { Message } from "../../model/types";
import { useClient } from "../hooks";
import type { Surface } from "./MessageActions";

/** The one message that shows what can be done with it: where pointer or focus came last. */
const current = createStore<object | null>(null);

/**
 * When a message shows what can be done with it: under the pointer, with the keyboard's focus, after a tap. On the focused
 * message Enter opens the menu, R answers, E edits, + reacts, Delete deletes, Escape goes back to the box.
 */
export function useRowActions(message: Message | null) {
  const { chat } = useClient();
  const self = useRef({}).current;
  const active = useSyncExternalStore(current.subscribe, () => current.get() === self);
  const enter = () => current.update(() => self);
  const leave = () => current.update((other) => (other === self ? null : other));
  const [surface, setSurface] = useState<Surface>(null);

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    const menu = key === "ContextMenu" || (shiftKey && key === "F10");
    if (event.target !== event.currentTarget || ctrlKey || metaKey || altKey) return;
    if (key === "Escape") {
      document.getElementById("composer")?.focus();
      return;
    }
    if (!message) return;
    const there = message.deletedAt === null;
    if (key === "Enter" || menu) setSurface("menu");
    else if (key === "Delete") setSurface("delete");
    else if (key === "+" && there) setSurface("react");
    else if (key === "r" && there) compose(() => chat.box.reply(message));
    else if (key === "e" && isEditable(message, chat.store.get().me?.id))
      compose(() => chat.box.edit(message));
    else return;
    event.preventDefault();
  }

  const handlers = {
    onPointerEnter: (event: PointerEvent) => {
      if (event.pointerType === "mouse") enter();
    },
    onPointerLeave: (event: PointerEvent<HTMLElement>) => {
      // A finger leaves with every tap, before the click.
      if (event.pointerType !== "mouse") return;
      if (!event.currentTarget.matches(":has(:focus-visible), :focus-visible")) leave();
    },
    onFocus: (event: FocusEvent<HTMLElement>) => {
      // A click of the mouse focuses too; there the pointer shows enough.
      if (event.target.matches(":focus-visible")) enter();
    },
    onBlur: (event: FocusEvent<HTMLElement>) => {
      if (!event.currentTarget.contains(event.relatedTarget)) leave();
    },
    onClick: (event: MouseEvent<HTMLElement>) => {
      const touch = (event.nativeEvent as globalThis.PointerEvent).pointerType === "touch";
      if (!touch || (event.target as Element).closest("a, button, input, label")) return;
      event.currentTarget.focus({ preventScroll: true });
      enter();
    },
    onKeyDown,
  };
  return { active, surface, setSurface, handlers };
}

function compose(begin: () => void): void {
  begin();
  document.getElementById("composer")?.focus();
}
