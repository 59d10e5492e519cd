/** Questions the screen asks the store. */
import type { Positions } from "./receipts";
import type { State } from "./state";
import { remember } from "./store";
import type { Conversation, Delivery, Member, Message, Person } from "./types";

/** Last activity first, never-used ones last (the newest of them first), as the server sorts. */
export const conversationOrder = remember((conversations: State["conversations"]): Conversation[] =>
  Object.values(conversations).sort(byActivity),
);

function byActivity(a: Conversation, b: Conversation): number {
  if (a.last && b.last) return compare(b.last.at, a.last.at) || compare(b.id, a.id);
  if (a.last || b.last) return a.last ? -1 : 1;
  return compare(b.createdAt, a.createdAt) || compare(b.id, a.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Name and members, without regard to case and accents: "jose" finds "José". */
export function matching(conversations: readonly Conversation[], query: string): Conversation[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return conversations as Conversation[];
  return conversations.filter((conversation) => {
    const text = fold([conversation.name, ...conversation.members.map((m) => m.person.name)].join(" "));
    return words.every((word) => text.includes(word));
  });
}

export function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

export function totalUnread(conversations: State["conversations"]): number {
  let total = 0;
  for (const conversation of Object.values(conversations))
    if (!conversation.muted) total += conversation.unread;
  return total;
}

/** The next or previous conversation in the list, around the one that is open. */
export function neighbour(order: readonly Conversation[], open: string | null, by: 1 | -1): string | null {
  if (order.length === 0) return null;
  const at = order.findIndex((conversation) => conversation.id === open);
  const to = at < 0 ? (by > 0 ? 0 : order.length - 1) : at + by;
  return order[to]?.id ?? null;
}

/** Name and position, as `matching`. */
export function membersMatching(members: readonly Member[], query: string): Member[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return members as Member[];
  return members.filter(({ person }) => {
    const text = fold(`${person.name} ${person.about}`);
    return words.every((word) => text.includes(word));
  });
}

export function mayAdminister(conversation: Conversation, me: string): boolean {
  return conversation.members.some((member) => member.userId === me && member.role === "admin");
}

/** The other person of a direct conversation. */
export function partner(conversation: Conversation, me: string | undefined): Person | null {
  if (conversation.type !== "dm") return null;
  return conversation.members.find((member) => member.userId !== me)?.person ?? null;
}

export function nameIn(conversation: Conversation | undefined, userId: string): string | null {
  return conversation?.members.find((member) => member.userId === userId)?.person.name ?? null;
}

/** Names of who types now, in a stable order. */
export function typers(state: State, conversationId: string): string[] {
  const conversation = state.conversations[conversationId];
  return Object.keys(state.typing[conversationId] ?? {})
    .map((userId) => nameIn(conversation, userId) ?? "")
    .filter((name) => name !== "")
    .sort();
}

/**
 * How far an own message got: with the last of its readers. Live positions count beside what was known when the message
 * was fetched; in a group too large for a list of readers only the latter is there.
 */
export function delivery(
  message: Message,
  conversation: Conversation | undefined,
  reads: Positions,
  deliveries: Positions,
): Delivery {
  if (message.delivery === "read" || !conversation) return message.delivery;
  const others = conversation.members.filter((member) => member.userId !== message.senderId);
  const complete = others.length > 0 && conversation.members.length === conversation.memberCount;
  if (!complete) return message.delivery;
  const { readBy, deliveredTo, number } = message;
  if (others.every(({ userId }) => (reads[userId] ?? 0) >= number || readBy.includes(userId))) return "read";
  const arrived = others.every(
    ({ userId }) => (deliveries[userId] ?? 0) >= number || deliveredTo.includes(userId),
  );
  return arrived ? "delivered" : message.delivery;
}

/** A drop shorter than this is nobody's business. */
const BANNER_AFTER_MS = 2_000;

/** Milliseconds until the banner is due; 0 now, null never. */
export function bannerDue(connection: State["connection"], now: number): number | null {
  if (connection.name === "online" || connection.name === "signed_out") return null;
  return Math.max(0, connection.lostAt + BANNER_AFTER_MS - now);
}

/** A group larger than this has no list of readers; the server does not send one either. */
const LISTED = 50;

type Seen = Record<Delivery, Person[]>;

/** Who got how far with a message of ours. Of a large group only how many are known to have read it. */
export function seenBy(
  message: Message,
  conversation: Conversation | undefined,
  reads: Positions,
  deliveries: Positions,
): Seen | { readers: number; all: boolean } {
  const others = conversation?.members.filter(({ userId }) => userId !== message.senderId) ?? [];
  const has = (positions: Positions, listed: readonly string[], userId: string) =>
    (positions[userId] ?? 0) >= message.number || listed.includes(userId);
  const state = (userId: string): Delivery =>
    has(reads, message.readBy, userId)
      ? "read"
      : has(deliveries, message.deliveredTo, userId)
        ? "delivered"
        : "sent";
  const seen: Seen = { read: [], delivered: [], sent: [] };
  for (const { userId, person } of others) seen[state(userId)].push(person);
  if ((conversation?.memberCount ?? 0) <= LISTED) return seen;
  return { readers: seen.read.length, all: message.delivery === "read" };
}
