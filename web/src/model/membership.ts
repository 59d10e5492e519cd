/** Who belongs to a conversation and what it is called, as numbered events change it. Pure. */
import { type State, without } from "./state";
import type { Conversation, Member, MembershipEvent } from "./types";

/** Says the same however often it is applied, so it can be repeated over a list that was fetched meanwhile. */
export function changed(state: State, event: MembershipEvent): State {
  const id = event.conversationId;
  if (event.kind === "member_removed" && event.userId === state.me?.id) return forget(state, id);
  const conversation = state.conversations[id];
  if (!conversation) return state;
  const next = { ...state, conversations: { ...state.conversations, [id]: after(conversation, event) } };
  return event.kind === "member_removed" ? noLongerTyping(next, id, event.userId) : next;
}

function after(conversation: Conversation, event: MembershipEvent): Conversation {
  const { members } = conversation;
  switch (event.kind) {
    case "members_added": {
      const known = new Set(members.map((member) => member.userId));
      const added = event.added.filter(({ userId }) => !known.has(userId)).map(stranger);
      return { ...conversation, members: [...members, ...added], memberCount: event.memberCount };
    }
    case "member_removed":
      return {
        ...conversation,
        members: members.filter((member) => member.userId !== event.userId),
        memberCount: event.memberCount,
      };
    case "member_changed":
      return {
        ...conversation,
        members: members.map((m) => (m.userId === event.userId ? { ...m, role: event.role } : m)),
      };
    case "conversation_changed":
      return { ...conversation, name: event.name, avatarUrl: event.avatarUrl, history: event.history };
  }
}

/** The event tells a name; picture and position come when the conversation is fetched. */
function stranger({ userId, name, role }: { userId: string; name: string; role: Member["role"] }): Member {
  const person = {
    id: userId,
    name,
    email: "",
    image: null,
    about: "",
    role: "MEMBER",
    active: true,
  } as const;
  return { userId, role, person };
}

function noLongerTyping(state: State, id: string, userId: string): State {
  const typing = state.typing[id];
  return typing ? { ...state, typing: { ...state.typing, [id]: without(typing, userId) } } : state;
}

/** Not mine any more: nothing of it stays but its name, for who has it open. */
export function forget(state: State, id: string): State {
  const conversation = state.conversations[id];
  return {
    ...state,
    conversations: without(state.conversations, id),
    windows: without(state.windows, id),
    arounds: without(state.arounds, id),
    places: without(state.places, id),
    gone: without(state.gone, id),
    positions: without(state.positions, id),
    held: without(state.held, id),
    heads: without(state.heads, id),
    reads: without(state.reads, id),
    deliveries: without(state.deliveries, id),
    typing: without(state.typing, id),
    drafts: without(state.drafts, id),
    composing: without(state.composing, id),
    outbox: without(state.outbox, id),
    left: conversation ? { ...state.left, [id]: conversation.name } : state.left,
  };
}
