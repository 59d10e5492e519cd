/** Putting what was fetched together with what events said meanwhile. Pure. */
import { apply, conversationCreated, drain, listed } from "./apply";
import { changed, forget } from "./membership";
import { speaksTo } from "./mentions";
import { listedAfter } from "./messages";
import { adopt } from "./outbox";
import { readByMe } from "./receipts";
import type { State } from "./state";
import type { ChatEvent, Conversation } from "./types";

/**
 * Conversations as fetched, then what events said since the fetch began.
 *
 * @param before the state when it began: what was known to have happened by then is in what was fetched
 */
export function withConversations(
  state: State,
  fetched: readonly Conversation[],
  since: readonly ChatEvent[],
  before: State,
): State {
  const conversations = { ...state.conversations };
  for (const conversation of fetched) {
    const known = conversations[conversation.id];
    const row = known ? keepingMore(known, conversation) : conversation;
    conversations[conversation.id] = row.mentioned ? row : { ...row, mentioned: speaksToMe(row, state.me) };
  }
  const ids = new Set(fetched.map((conversation) => conversation.id));
  return inOrder(since).reduce(
    (next, event) => {
      const id = about(event);
      if (id === null || !ids.has(id)) return next;
      if ("seq" in event && event.seq <= knownOf(before, id)) return next;
      // What is held has its effect when it is applied: something before it is missing.
      if ("seq" in event && event.seq > (state.positions[id] ?? event.seq)) return next;
      return repeated(next, event);
    },
    { ...state, conversations } as State,
  );
}

function knownOf({ heads, positions, held }: State, id: string): number {
  return Math.max(heads[id] ?? 0, positions[id] ?? 0, ...(held[id] ?? []).map(({ seq }) => seq));
}

/** By their numbers, of each conversation: they may have overtaken each other. What has no number stays behind what it followed. */
function inOrder(events: readonly ChatEvent[]): ChatEvent[] {
  const latest = new Map<string | null, number>();
  const placed = events.map((event) => {
    const id = about(event);
    const before = latest.get(id) ?? 0;
    const at = "seq" in event ? event.seq : before;
    latest.set(id, Math.max(before, at));
    return { event, at };
  });
  return placed.sort((a, b) => a.at - b.at).map(({ event }) => event);
}

/** The event's effect on the row of its conversation, once more. */
function repeated(state: State, event: ChatEvent): State {
  switch (event.kind) {
    case "message":
      return listed(state, event.message);
    case "edited":
      return listedAfter(state, event);
    case "members_added":
    case "member_removed":
    case "member_changed":
    case "conversation_changed":
      return changed(state, event);
    case "conversation":
      return conversationCreated(state, event.conversation, event.seq);
    case "muted":
      return apply(state, event, 0);
    case "read":
      return event.userId === state.me?.id ? readByMe(state, event.conversationId, event.number) : state;
    default:
      return state;
  }
}

function about(event: ChatEvent): string | null {
  if (event.kind === "conversation") return event.conversation.id;
  return "conversationId" in event ? event.conversationId : null;
}

/** After a reload the newest message alone tells of it; an older one that spoke to us is marked in the conversation only. */
function speaksToMe({ type, unread, last }: Conversation, me: State["me"]): boolean {
  if (type !== "group" || unread === 0 || !last || !me || last.type === "SYSTEM") return false;
  return last.senderId !== me.id && speaksTo(last.content, me.name);
}

/**
 * What we know and the fetched row does not tell: the number of its last message, members beyond the first, whether
 * somebody spoke to us.
 */
function keepingMore(known: Conversation, fetched: Conversation): Conversation {
  const lastNumber = known.last && known.last.id === fetched.last?.id ? known.lastNumber : fetched.lastNumber;
  const cut = fetched.members.length < fetched.memberCount && known.members.length === fetched.memberCount;
  const mentioned = known.mentioned && fetched.unread > 0;
  const history = fetched.history ?? known.history;
  return { ...fetched, history, lastNumber, mentioned, members: cut ? known.members : fetched.members };
}

/** Drops conversations the complete list no longer has, except those that events spoke of while it was fetched. */
export function onlyThese(state: State, ids: ReadonlySet<string>, since: readonly ChatEvent[]): State {
  // One that moved up the list between two pages is on neither of them; the message that moved it tells that it lives.
  const alive = new Set(since.map(about));
  const gone = Object.keys(state.conversations).filter((id) => !ids.has(id) && !alive.has(id));
  return gone.reduce(forget, state);
}

/** All up to `heads` has been fetched for these: go on behind it. */
export function caughtUp(
  state: State,
  ids: readonly string[],
  heads: Readonly<Record<string, number>>,
): State {
  let next = state;
  for (const id of ids) {
    const head = heads[id];
    const position = next.positions[id];
    if (head === undefined || (position !== undefined && position >= head)) continue;
    next = { ...next, positions: { ...next.positions, [id]: head } };
    next = adopt(drain(next, id), id);
  }
  return next;
}
