/**
 * Messages on their way, pure. One send has one `clientId` for its whole life, whatever number of attempts it takes,
 * so the server stores it once; here it settles on the answer or on the event, whichever comes first, and is shown as
 * one bubble throughout.
 */
import { type Outgoing, type State, without } from "./state";
import type { Failure, Message } from "./types";
import { insert, newestNumber } from "./window";

export function withOutgoing(state: State, outgoing: Outgoing): State {
  const queue = (state.outbox[outgoing.conversationId] ?? []).filter((o) => o.clientId !== outgoing.clientId);
  return { ...state, outbox: { ...state.outbox, [outgoing.conversationId]: [...queue, outgoing] } };
}

/** Written in another tab, maybe before what was written here: every tab has one order, and it is that of writing. */
export function withHeard(state: State, outgoing: Outgoing): State {
  const queue = state.outbox[outgoing.conversationId] ?? [];
  const place = queue.findLastIndex((o) => o.at <= outgoing.at) + 1;
  const next = [...queue.slice(0, place), outgoing, ...queue.slice(place)];
  return { ...state, outbox: { ...state.outbox, [outgoing.conversationId]: next } };
}

export function withoutOutgoing(state: State, conversationId: string, clientId: string): State {
  return setQueue(state, conversationId, (queue) => queue.filter((o) => o.clientId !== clientId));
}

export function failed(state: State, conversationId: string, clientId: string, failure: Failure): State {
  return changedOutgoing(state, conversationId, clientId, (o) =>
    o.state === "sent" ? o : { ...o, state: "failed", failure },
  );
}

/** Another tab of ours sent it, which the line or the next page will show as well. */
export function sentElsewhere(state: State, conversationId: string, clientId: string): State {
  const next = changedOutgoing(state, conversationId, clientId, (o) => ({
    ...o,
    state: "sent",
    failure: null,
  }));
  return adopt(next, conversationId);
}

/** To the end of the queue: what was written after it may have arrived meanwhile. */
export function retried(state: State, conversationId: string, clientId: string): State {
  const found = find(state, conversationId, clientId);
  if (found?.state !== "failed") return state;
  return withOutgoing(state, { ...found, state: "pending", failure: null });
}

/** Only the connection failed: it goes in its old place, before what was written after it. */
export function cured(state: State, conversationId: string, clientId: string): State {
  return changedOutgoing(state, conversationId, clientId, (o) => ({ ...o, state: "pending", failure: null }));
}

/** The server's answer to the send. Shown as sent at once; takes its place among the others when it is next in line. */
export function confirmed(state: State, message: Message): State {
  const clientId = message.clientId;
  const window = state.windows[message.conversationId];
  if (!clientId || !find(state, message.conversationId, clientId)) return state;
  if (window && message.number === newestNumber(window) + 1) {
    const windows = {
      ...state.windows,
      [message.conversationId]: { ...window, messages: insert(window.messages, [message]) },
    };
    return settled({ ...state, windows }, message);
  }
  if (window && message.number <= newestNumber(window)) return settled(state, message);
  return changedOutgoing(state, message.conversationId, clientId, (o) => ({
    ...o,
    state: "sent",
    failure: null,
    confirmed: message,
  }));
}

/** The message is in the window now (or the conversation is not loaded): its bubble no longer comes from here. */
export function settled(state: State, message: Message): State {
  if (!message.clientId || message.senderId !== state.me?.id) return state;
  const next = withoutOutgoing(state, message.conversationId, message.clientId);
  return adopt(next, message.conversationId);
}

/** Confirmed ones whose turn has come, or that a fetched page already holds. */
export function adopt(state: State, conversationId: string): State {
  const window = state.windows[conversationId];
  if (!window) return state;
  const queue = state.outbox[conversationId] ?? [];
  const known = new Set(window.messages.map((message) => message.clientId));
  const held = queue.filter((o) => known.has(o.clientId));
  let next = state;
  for (const outgoing of held) next = withoutOutgoing(next, conversationId, outgoing.clientId);
  for (const { confirmed: message } of queue) {
    const current = next.windows[conversationId];
    if (!message || !current || message.number !== newestNumber(current) + 1) continue;
    const windows = {
      ...next.windows,
      [conversationId]: { ...current, messages: insert(current.messages, [message]) },
    };
    next = withoutOutgoing({ ...next, windows }, conversationId, message.clientId ?? "");
  }
  return next;
}

/** The next to send of a conversation; nothing while one is under way is the sender's rule, not ours. */
export function nextToSend(state: State, conversationId: string): Outgoing | undefined {
  return state.outbox[conversationId]?.find((o) => o.state === "pending");
}

/** Failures that a working connection cures by itself. */
export function curable(failure: Failure | null): boolean {
  return failure !== null && (failure.status === 0 || failure.status === 503);
}

function find(state: State, conversationId: string, clientId: string): Outgoing | undefined {
  return state.outbox[conversationId]?.find((o) => o.clientId === clientId);
}

export function changedOutgoing(
  state: State,
  conversationId: string,
  clientId: string,
  to: (o: Outgoing) => Outgoing,
): State {
  return setQueue(state, conversationId, (queue) => queue.map((o) => (o.clientId === clientId ? to(o) : o)));
}

function setQueue(state: State, id: string, to: (queue: readonly Outgoing[]) => readonly Outgoing[]): State {
  const before = state.outbox[id];
  if (!before) return state;
  const queue = to(before);
  return {
    ...state,
    outbox: queue.length > 0 ? { ...state.outbox, [id]: queue } : without(state.outbox, id),
  };
}
