/** What the box to write in is used for: a new message, an answer, another text for a message of ours. */
import { findMessage, shown } from "./around";
import { withoutChange } from "./overlay";
import { type Composing, type State, without } from "./state";
import type { Store } from "./store";
import type { Message, Quote } from "./types";

export class Box {
  constructor(private readonly store: Store<State>) {}

  reply(message: Message): void {
    this.answer(message.conversationId, quoteOf(message));
  }

  answer(conversationId: string, quote: Quote): void {
    this.store.update((state) => withComposing(state, conversationId, { kind: "reply", quote }));
  }

  /** Its text comes into the box; one that could not be saved comes back to it. */
  edit(message: Message): void {
    this.store.update((state) => {
      const stored = findMessage(state, message.conversationId, message.id) ?? message;
      const unsaved = state.changes[message.id]?.edit?.content;
      return editing(withoutChange(state, message.id, "edit"), stored, unsaved);
    });
  }

  editLast(conversationId: string): void {
    this.store.update((state) => editingLast(state, conversationId));
  }

  typed(conversationId: string, text: string): void {
    this.store.update((state) => typedEdit(state, conversationId, text));
  }

  cancel(conversationId: string): void {
    this.store.update((state) => plain(state, conversationId));
  }
}

export function quoteOf(message: Message): Quote {
  const { id, number, senderId, senderName, content, type, deletedAt } = message;
  return { id, number, senderId, senderName, content, type, deleted: deletedAt !== null };
}

/** @param text what the work begins with, where that is not the message as it is */
function editing(state: State, message: Message, text = message.content): State {
  const { id, content, conversationId } = message;
  return withComposing(state, conversationId, { kind: "edit", messageId: id, original: content, text });
}

/** The newest message of ours that can be edited, for who presses ↑ in an empty box. */
function editingLast(state: State, conversationId: string): State {
  const messages = shown(state, conversationId)?.messages ?? [];
  const last = messages.findLast(
    (message) => isEditable(message, state.me?.id) && !state.changes[message.id],
  );
  return last ? editing(state, last) : state;
}

export function isEditable(message: Message, me: string | undefined): boolean {
  return message.senderId === me && message.type === "TEXT" && message.deletedAt === null;
}

function typedEdit(state: State, conversationId: string, text: string): State {
  const composing = state.composing[conversationId];
  return composing?.kind === "edit" ? withComposing(state, conversationId, { ...composing, text }) : state;
}

export function plain(state: State, conversationId: string): State {
  const composing = without(state.composing, conversationId);
  return composing === state.composing ? state : { ...state, composing };
}

function withComposing(state: State, conversationId: string, composing: Composing): State {
  return { ...state, composing: { ...state.composing, [conversationId]: composing } };
}
