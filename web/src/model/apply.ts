/**
 * apply(state, event): what the server tells, pure.
 *
 * Every visible change of a conversation has a number. The next one is applied, an old one dropped, one from the future
 * held until what is missing has been fetched (`model/sync.ts`). So nothing is applied twice or out of order.
 */
import { changed } from "./membership";
import { afterEvent, cleared, hidden, isGone, lastOf } from "./messages";
import { settled } from "./outbox";
import { saved } from "./preferring";
import { delivered, reached, read } from "./receipts";
import { type State, without } from "./state";
import type { ChatEvent, Conversation, MembershipEvent, Message, NumberedEvent } from "./types";
import { insert, newestNumber } from "./window";

type MembersAdded = Extract<MembershipEvent, { kind: "members_added" }>;

/** Typing notices end by themselves, should the stop get lost. */
const TYPING_MS = 6_000;

export function apply(state: State, event: ChatEvent, now: number): State {
  switch (event.kind) {
    case "message":
    case "edited":
    case "reacted":
    case "unreacted":
    case "previewed":
    case "polled":
    case "unseen":
    case "members_added":
    case "member_removed":
    case "member_changed":
    case "conversation_changed":
      return numbered(state, event);
    case "hidden":
      return hidden(state, event.conversationId, event.messageId);
    case "cleared":
      return cleared(state, event.conversationId, event.number);
    case "muted":
      return muted(state, event.conversationId, event.muted, event.until);
    case "blocked":
      return {
        ...state,
        blocked: event.blocked
          ? { ...state.blocked, [event.userId]: true }
          : without(state.blocked, event.userId),
      };
    case "preferences":
      return saved(state, event.preferences);
    case "hello":
      return hello(state, event.epoch, event.heads);
    case "conversation":
      return conversationCreated(state, event.conversation, event.seq);
    case "read":
      return read(state, event.conversationId, event.userId, event.number);
    case "delivered":
      return delivered(state, event.conversationId, event.userId, event.number);
    case "presence":
      return {
        ...state,
        online: event.online
          ? { ...state.online, [event.userId]: true }
          : without(state.online, event.userId),
      };
    case "notification":
      return state;
    case "typing":
      return typing(state, event.conversationId, event.userId, event.typing ? now + TYPING_MS : null);
  }
}

function numbered(state: State, event: NumberedEvent): State {
  const id = event.conversationId;
  const position = state.positions[id];
  if (position !== undefined && event.seq <= position) return state;
  if (position === undefined || event.seq > position + 1) return hold(state, event);
  const placed = { ...state, positions: { ...state.positions, [id]: event.seq } };
  return drain(change(placed, event), id);
}

function change(state: State, event: NumberedEvent): State {
  if (event.kind === "message") return newMessage(state, event.message);
  if (event.kind === "unseen") return state;
  if ("messageId" in event) return afterEvent(state, event);
  return event.kind === "members_added" ? welcomed(changed(state, event), event) : changed(state, event);
}

/** Who joins has nothing left to read: what was written before is no less read because of them. */
function welcomed(state: State, event: MembersAdded): State {
  const id = event.conversationId;
  const newest = newestNumber(state.windows[id]);
  return event.added.reduce((next, { userId }) => reached(next, id, userId, newest), state);
}

function hold(state: State, event: NumberedEvent): State {
  const held = state.held[event.conversationId] ?? [];
  if (held.some((other) => other.seq === event.seq)) return state;
  const next = [...held, event].sort((a, b) => a.seq - b.seq);
  return { ...state, held: { ...state.held, [event.conversationId]: next } };
}

/** Applies what was held and is now next in line. */
export function drain(state: State, conversationId: string): State {
  const position = state.positions[conversationId] ?? 0;
  const waiting = (state.held[conversationId] ?? []).filter((event) => event.seq > position);
  const [next, ...rest] = waiting;
  const held =
    waiting.length > 0 ? { ...state.held, [conversationId]: waiting } : without(state.held, conversationId);
  if (!next || next.seq !== position + 1) return { ...state, held };
  return numbered({ ...state, held: { ...held, [conversationId]: rest } }, next);
}

function newMessage(state: State, message: Message): State {
  const id = message.conversationId;
  const window = isGone(state, message) ? undefined : state.windows[id];
  const windows = window
    ? { ...state.windows, [id]: { ...window, messages: insert(window.messages, [message]) } }
    : state.windows;
  const next = settled(listed(quiet({ ...state, windows }, id, message.senderId), message), message);
  // Who writes has read what is above. A notice has nobody who wrote it. Our own row counts it already: a fetched one, too.
  return message.type === "SYSTEM" ? next : reached(next, id, message.senderId, message.number);
}

/**
 * The message in the conversation list: preview, order, unread. A list fetched a moment ago may know it already, so
 * only a message newer than the list's last one counts; this also makes replaying events over a fresh list safe.
 */
export function listed(state: State, message: Message): State {
  const conversation = state.conversations[message.conversationId];
  if (!conversation || isGone(state, message)) return state;
  if (conversation.last?.id === message.id && conversation.lastNumber === 0) {
    const known = { ...conversation, lastNumber: message.number };
    return { ...state, conversations: { ...state.conversations, [known.id]: known } };
  }
  if (!newer(message, conversation)) return state;
  // A notice is nobody's own, whoever it is about.
  const own = message.senderId === state.me?.id && message.type !== "SYSTEM";
  // Read on another device before it came here.
  const unread = message.number > (state.reads[message.conversationId]?.[state.me?.id ?? ""] ?? 0);
  const next: Conversation = {
    ...conversation,
    last: lastOf(message),
    // Sending moves one's own read position to the new message.
    unread: own ? 0 : conversation.unread + (unread ? 1 : 0),
    mentioned: !own && (conversation.mentioned || (unread && mentions(message, state.me?.id))),
    lastNumber: message.number,
  };
  return { ...state, conversations: { ...state.conversations, [next.id]: next } };
}

/** A call to everybody is one to us. */
export function mentions({ facts }: Message, me: string | undefined): boolean {
  return facts.mentionsAll || (me !== undefined && facts.mentions.includes(me));
}

function newer(message: Message, conversation: Conversation): boolean {
  const last = conversation.last;
  if (!last || message.at > last.at) return true;
  // Written in one go, only their ids tell them apart.
  return message.at === last.at && message.id > last.id;
}

function hello(state: State, epoch: string, heads: Readonly<Record<string, number>>): State {
  if (state.epoch !== null && state.epoch !== epoch) {
    // A restored backup: numbers may mean other messages now, so nothing loaded can be trusted.
    const nothing = {
      positions: {},
      held: {},
      windows: {},
      arounds: {},
      places: {},
      gone: {},
      reads: {},
      deliveries: {},
    };
    return { ...state, ...nothing, epoch, heads, list: "loading" };
  }
  return { ...state, epoch, heads };
}

/** New, or an old one that I was added to just now: `seq` is the last change that it shows. */
export function conversationCreated(state: State, conversation: Conversation, seq: number): State {
  const { id } = conversation;
  const known = state.conversations[id];
  const position = state.positions[id];
  // What we know may already hold a first message that overtook this event.
  if ((position ?? 0) > seq || (known?.last && !conversation.last)) return state;
  const next = { ...state, conversations: { ...state.conversations, [id]: conversation } };
  // Messages that are loaded and end before this would have a hole: the numbers go on, and what is missing is fetched.
  if (state.windows[id] && position !== undefined) return next;
  return drain({ ...next, positions: { ...state.positions, [id]: seq } }, id);
}

/** @param until ISO; null: until it is unmuted. */
export function muted(state: State, conversationId: string, muted: boolean, until: string | null): State {
  const conversation = state.conversations[conversationId];
  if (!conversation) return state;
  const next = { ...conversation, muted, mutedUntil: muted ? until : null };
  return { ...state, conversations: { ...state.conversations, [conversationId]: next } };
}

function typing(state: State, conversationId: string, userId: string, until: number | null): State {
  if (userId === state.me?.id) return state;
  const before = state.typing[conversationId] ?? {};
  const next = until === null ? without(before, userId) : { ...before, [userId]: until };
  return next === before ? state : { ...state, typing: { ...state.typing, [conversationId]: next } };
}

/** Somebody whose message is here no longer types it. */
function quiet(state: State, conversationId: string, userId: string): State {
  return typing(state, conversationId, userId, null);
}

export function withoutStaleTyping(state: State, now: number): State {
  let next = state;
  for (const [conversationId, users] of Object.entries(state.typing)) {
    for (const [userId, until] of Object.entries(users)) {
      if (until <= now) next = typing(next, conversationId, userId, null);
    }
  }
  return next;
}
