/** What the box to write in is used for: a new message, an answer, another text for a message of ours. Pure. */
import { type Composing, type State, without } from "./state";
import type { Message, Quote } from "./types";

export function replyTo(state: State, message: Message): State {
  return withComposing(state, message.conversationId, { kind: "reply", quote: quoteOf(message) });
}

export function quoteOf(message: Message): Quote {
  const { id, number, senderId, senderName, content, type, deletedAt } = message;
  return { id, number, senderId, senderName, content, type, deleted: deletedAt !== null };
}

/** @param text what the work begins with, where that is not the message as it is */
export function editing(state: State, message: Message, text = message.content): State {
  const { id, content, conversationId } = message;
  return withComposing(state, conversationId, { kind: "edit", messageId: id, original: content, text });
}

/** The newest message of ours that can be edited, for who presses ↑ in an empty box. */
export function editingLast(state: State, conversationId: string): State {
  const messages = state.windows[conversationId]?.messages ?? [];
  const last = messages.findLast(
    (message) => isEditable(message, state.me?.id) && !state.changes[message.id],
  );
  return last ? editing(state, last) : state;
}

export function isEditable(message: Message, me: string | undefined): boolean {
  return message.senderId === me && message.type === "TEXT" && message.deletedAt === null;
}

export function typedEdit(state: State, conversationId: string, text: string): State {
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
