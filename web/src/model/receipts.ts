/** How far each member has read, and how far each one's devices have got: positions that never go back. Pure. */
import type { State } from "./state";
import type { Conversation, Message } from "./types";

export type Positions = Readonly<Record<string, number>>;

export const noPositions: Positions = {};

export function read(state: State, id: string, userId: string, number: number): State {
  const next = reached(state, id, userId, number);
  return userId === state.me?.id && next !== state ? readByMe(next, id, number) : next;
}

/** The position alone: what is unread is told by something else. */
export function reached(state: State, id: string, userId: string, number: number): State {
  const reads = raised(state.reads, id, userId, number);
  return reads === state.reads ? state : delivered({ ...state, reads }, id, userId, number);
}

/** Reading implies it: what is read has arrived. */
export function delivered(state: State, id: string, userId: string, number: number): State {
  const deliveries = raised(state.deliveries, id, userId, number);
  return deliveries === state.deliveries ? state : { ...state, deliveries };
}

/** Of the newest message; 0 where we do not know: a row of the list does not tell it. */
export function numberOfLast(state: State, { id, last, lastNumber }: Conversation): number {
  if (lastNumber > 0) return lastNumber;
  const newest = state.windows[id]?.messages.at(-1);
  return newest && newest.id === last?.id ? newest.number : 0;
}

/** Read in another tab. What came after the position stays unread. */
export function readByMe(state: State, conversationId: string, number: number): State {
  const conversation = state.conversations[conversationId];
  if (!conversation || conversation.unread === 0) return state;
  const last = numberOfLast(state, conversation);
  if (last === 0) return state;
  const unread = Math.min(conversation.unread, Math.max(0, last - number));
  const mentioned = conversation.mentioned && unread > 0;
  return {
    ...state,
    conversations: { ...state.conversations, [conversationId]: { ...conversation, unread, mentioned } },
  };
}

/** What fetched messages tell of positions: they may have moved while nobody told us, and older messages show it too. */
export function learned(state: State, id: string, messages: readonly Message[]): State {
  const positions = (who: (message: Message) => readonly string[], before: Positions): Positions => {
    const next = { ...before };
    // Our own position comes with what is unread, which the list tells.
    for (const message of messages)
      for (const userId of who(message))
        if (userId !== state.me?.id) next[userId] = Math.max(next[userId] ?? 0, message.number);
    return next;
  };
  const reads = positions((message) => message.readBy, state.reads[id] ?? noPositions);
  const deliveries = positions((message) => message.deliveredTo, state.deliveries[id] ?? noPositions);
  return {
    ...state,
    reads: { ...state.reads, [id]: reads },
    deliveries: { ...state.deliveries, [id]: deliveries },
  };
}

function raised(all: State["reads"], id: string, userId: string, number: number): State["reads"] {
  const before = all[id] ?? noPositions;
  return (before[userId] ?? 0) >= number ? all : { ...all, [id]: { ...before, [userId]: number } };
}
