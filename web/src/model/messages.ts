/** What happens to messages that are there: edits, deletions, reactions, votes, previews. Pure. */
import { nowhere } from "./around";
import { type Gone, type State, type Window, without } from "./state";
import type { ChatEvent, LastMessage, Message, MessageChange, MessageEvent, Quote } from "./types";

const nothingGone: Gone = { upTo: 0, ids: {} };

/** Says the same however often it is applied, so it can be repeated over a page that was fetched meanwhile. */
export function afterEvent(state: State, event: MessageEvent): State {
  const next = eachMessage(state, event.conversationId, (message) => {
    if (message.id === event.messageId) return afterChange(message, event);
    const quote = message.quote && quoteAfter(message.quote, event);
    return quote === message.quote ? message : { ...message, quote };
  });
  return composingAfter(listedAfter(next, event), event);
}

/** The event's effect on the conversation's row in the list. */
export function listedAfter(state: State, event: MessageEvent): State {
  const conversation = state.conversations[event.conversationId];
  if (event.kind !== "edited" || conversation?.last?.id !== event.messageId) return state;
  const last: LastMessage = { ...conversation.last, content: event.content };
  return {
    ...state,
    conversations: { ...state.conversations, [conversation.id]: { ...conversation, last } },
  };
}

export function afterChange(message: Message, change: MessageChange): Message {
  // A stub stays one: what was said about it before is applied once more in a catch-up.
  const gone = message.deletedAt !== null;
  switch (change.kind) {
    case "edited": {
      const { content, facts, editedAt, deletedAt } = change;
      if (deletedAt === null) return gone ? message : { ...message, content, facts, editedAt };
      return { ...message, content, facts, editedAt, deletedAt, reactions: [], poll: null };
    }
    case "reacted": {
      const { reaction } = change;
      const others = message.reactions.filter(({ userId }) => userId !== reaction.userId);
      return gone ? message : { ...message, reactions: [...others, reaction] };
    }
    case "unreacted": {
      const { userId, emoji } = change;
      // Catching up does not always say what was taken back: whatever it was, then.
      const reactions = message.reactions.filter((r) => r.userId !== userId || (emoji && r.emoji !== emoji));
      return reactions.length === message.reactions.length ? message : { ...message, reactions };
    }
    case "previewed":
      return gone ? message : { ...message, facts: change.facts };
    case "polled":
      return gone ? message : { ...message, poll: change.poll };
  }
}

function quoteAfter(quote: Quote, event: MessageEvent): Quote {
  if (event.kind !== "edited" || quote.id !== event.messageId) return quote;
  return { ...quote, content: event.content, deleted: quote.deleted || event.deletedAt !== null };
}

function composingAfter(state: State, event: MessageEvent): State {
  const composing = state.composing[event.conversationId];
  if (event.kind !== "edited" || !composing) return state;
  const id = event.conversationId;
  if (composing.kind === "reply") {
    const quote = quoteAfter(composing.quote, event);
    if (quote === composing.quote) return state;
    return { ...state, composing: { ...state.composing, [id]: { ...composing, quote } } };
  }
  const deleted = composing.messageId === event.messageId && event.deletedAt !== null;
  return deleted ? { ...state, composing: without(state.composing, id) } : state;
}

/** Every loaded message of a conversation, wherever it is loaded. The same object back means: nothing changed. */
export function eachMessage(state: State, id: string, change: (message: Message) => Message): State {
  const windows = after(state.windows, id, change);
  const arounds = after(state.arounds, id, change);
  return windows === state.windows && arounds === state.arounds ? state : { ...state, windows, arounds };
}

function after<W extends Window>(
  windows: Readonly<Record<string, W>>,
  id: string,
  change: (message: Message) => Message,
): Readonly<Record<string, W>> {
  const window = windows[id];
  const messages = window?.messages.map(change);
  if (!messages || messages.every((message, index) => message === window?.messages[index])) return windows;
  return { ...windows, [id]: { ...window, messages } as W };
}

/**
 * What happened to the messages of a page while it was on its way.
 *
 * @param seq the last change that the page shows; null when the server did not say
 */
export function replayed(state: State, id: string, since: readonly ChatEvent[], seq: number | null): State {
  const next = since.reduce((now, event) => {
    if (!("seq" in event && "messageId" in event) || event.conversationId !== id) return now;
    return event.seq > (seq ?? 0) ? afterEvent(now, event) : now;
  }, state);
  return withoutGone(next, id);
}

export function isGone({ gone }: State, { conversationId, id, number }: Message): boolean {
  const known = gone[conversationId];
  return known !== undefined && (number <= known.upTo || known.ids[id] === true);
}

/** Some of what is loaded is not ours to see any more, up to this number. */
export function showsUpTo({ windows, arounds }: State, id: string, number: number): boolean {
  return [windows[id], arounds[id]].some((window) => (window?.messages[0]?.number ?? number + 1) <= number);
}

/** Of what is loaded later: a page on its way may be older than that. */
export function goneUpTo(state: State, id: string, number: number): State {
  const { ids, upTo } = state.gone[id] ?? nothingGone;
  return upTo >= number ? state : { ...state, gone: { ...state.gone, [id]: { ids, upTo: number } } };
}

/** A page that was asked for before may still have it. */
function withoutGone(state: State, id: string): State {
  if (!state.gone[id]) return state;
  const there = (message: Message) => !isGone(state, message);
  const { windows, arounds } = state;
  return { ...state, windows: filtered(windows, id, there), arounds: filtered(arounds, id, there) };
}

function filtered<W extends Window>(
  windows: Readonly<Record<string, W>>,
  id: string,
  there: (message: Message) => boolean,
): Readonly<Record<string, W>> {
  const window = windows[id];
  if (!window || window.messages.every(there)) return windows;
  return { ...windows, [id]: { ...window, messages: window.messages.filter(there) } };
}

/** Deleted for me. The row in the list shows the newest message that is left, where we know it. */
export function hidden(state: State, id: string, messageId: string): State {
  const before = state.gone[id] ?? nothingGone;
  const gone = { ...state.gone, [id]: { ...before, ids: { ...before.ids, [messageId]: true as const } } };
  const next = withoutGone({ ...state, gone, changes: without(state.changes, messageId) }, id);
  const conversation = state.conversations[id];
  const messages = next.windows[id]?.messages ?? [];
  const newest = messages[messages.length - 1];
  if (conversation?.last?.id !== messageId || !newest) return next;
  // What is unread is counted up to the hidden one.
  const row = { ...conversation, last: lastOf(newest), lastNumber: 0 };
  return { ...next, conversations: { ...state.conversations, [id]: row } };
}

/** Everything up to this number is not ours to see any more. */
export function cleared(before: State, id: string, number: number): State {
  const state = goneUpTo(before, id, number);
  const window = state.windows[id];
  const conversation = state.conversations[id];
  const left = window?.messages.filter((message) => message.number > number) ?? [];
  const windows = window
    ? { ...state.windows, [id]: { ...window, messages: left, older: null } }
    : state.windows;
  // Whoever reads in the past reads what is gone.
  const next = state.arounds[id] ? { ...nowhere(state, id), windows } : { ...state, windows };
  if (!conversation || conversation.lastNumber > number) return next;
  const newest = left[left.length - 1];
  const row = { ...conversation, last: newest ? lastOf(newest) : null, unread: left.length };
  return { ...next, conversations: { ...state.conversations, [id]: row } };
}

export function lastOf(message: Message): LastMessage {
  return {
    id: message.id,
    content: message.content,
    type: message.type,
    senderId: message.senderId,
    at: message.at,
  };
}
