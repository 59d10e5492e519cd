/** The two casings of the wire become the model's one. Nothing else in the client knows that there are two. */
import type * as model from "../model/types";
import type * as wire from "./contract.gen";

export function person(raw: wire.User): model.Person {
  return {
    id: raw.id,
    name: raw.displayName || raw.name || raw.email,
    email: raw.email,
    image: raw.image || null,
    about: about(raw.positionTitle, raw.department),
    role: raw.role,
    active: raw.isActive,
  };
}

export function profile(raw: wire.PublicProfile): model.Person {
  return {
    id: raw.id,
    name: raw.name || raw.email,
    email: raw.email,
    image: raw.image || null,
    about: about(raw.position_title, raw.department),
    role: raw.role,
    active: true,
  };
}

export function conversation(raw: wire.Conversation | wire.ConversationEvent): model.Conversation {
  const rest = "memberCount" in raw;
  const last = rest ? raw.lastMessage : raw.last_message;
  return {
    id: raw.id,
    type: raw.type,
    name: raw.display_name,
    avatarUrl: rest ? raw.avatarUrl : raw.avatar_url,
    createdAt: rest ? raw.createdAt : raw.created_at,
    members: raw.members.map(member),
    memberCount: rest ? raw.memberCount : raw.member_count,
    unread: rest ? raw.unreadCount : raw.unread_count,
    muted: rest ? raw.isMuted : raw.is_muted,
    last: last && {
      id: last.id,
      content: last.content,
      type: last.type,
      senderId: last.sender_id,
      at: last.timestamp,
    },
    lastNumber: 0,
  };
}

export function message(raw: wire.Message | wire.MessageEvent): model.Message {
  const rest = "conversationId" in raw;
  const updatedAt = rest ? raw.updatedAt : raw.updated_at;
  const createdAt = rest ? raw.createdAt : raw.created_at;
  return {
    id: raw.id,
    conversationId: rest ? raw.conversationId : raw.conversation_id,
    senderId: rest ? raw.senderId : raw.sender_id,
    senderName: raw.sender?.name || raw.sender?.email || "",
    content: raw.content,
    type: raw.type,
    number: rest ? raw.sequenceNumber : raw.sequence_number,
    at: createdAt,
    editedAt: (rest ? raw.isEdited : raw.is_edited) ? (updatedAt ?? createdAt) : null,
    deletedAt: rest ? raw.deletedAt : raw.deleted_at,
    clientId: rest ? raw.clientId : raw.client_id,
    delivery: raw.status,
    readBy: rest
      ? raw.statuses.filter((s) => s.status === "read").map((s) => s.userId)
      : raw.statuses.filter((s) => s.status === "read").map((s) => s.user_id),
  };
}

/** The server sends the newest first; a screen reads downwards. */
export function page(raw: wire.MessagePage, seq: number | null): model.Page {
  const messages = raw.data.map(message).reverse();
  return { messages, older: cursor(raw.pagination), seq: Number.isInteger(seq) ? seq : null };
}

export function list(raw: wire.ConversationPage): model.ConversationList {
  return { conversations: raw.data.map(conversation), next: cursor(raw.pagination) };
}

/** Every event our reducer takes, by its name on the wire. Names missing here are ignored on purpose. */
export const events = {
  hello: (raw: wire.HelloEvent) => ({ kind: "hello", epoch: raw.epoch, heads: raw.heads }),
  new_message: (raw: wire.MessageEvent) => ({
    kind: "message",
    conversationId: raw.conversation_id,
    seq: raw.seq,
    message: message(raw),
  }),
  conversation_created: (raw: wire.ConversationEvent) => ({
    kind: "conversation",
    conversation: conversation(raw),
    seq: raw.seq,
  }),
  conversation_updated: (raw: wire.ConversationUpdatedEvent) => ({
    kind: "conversation_changed",
    conversationId: raw.conversation_id,
    seq: raw.seq,
    name: raw.conversation_name,
    avatarUrl: raw.avatar_url,
  }),
  member_added: (raw: wire.MemberAddedEvent) => ({
    kind: "members_added",
    conversationId: raw.conversation_id,
    seq: raw.seq,
    added: raw.added_members.map(({ user_id, full_name, role }) => ({
      userId: user_id,
      name: full_name,
      role,
    })),
    memberCount: raw.member_count,
  }),
  member_removed: (raw: wire.MemberRemovedEvent) => ({
    kind: "member_removed",
    conversationId: raw.conversation_id,
    seq: raw.seq,
    userId: raw.removed_user_id,
    memberCount: raw.member_count,
  }),
  messages_read: (raw: wire.MessagesReadEvent) => ({
    kind: "read",
    conversationId: raw.conversation_id,
    userId: raw.user_id,
    number: raw.sequence_number,
  }),
  user_online: (raw: wire.PresenceEvent) => ({ kind: "presence", userId: raw.user_id, online: true }),
  user_offline: (raw: wire.PresenceEvent) => ({ kind: "presence", userId: raw.user_id, online: false }),
  user_typing: (raw: wire.TypingEvent) => ({
    kind: "typing",
    conversationId: raw.conversation_id,
    userId: raw.user_id,
    typing: raw.is_typing,
  }),
} satisfies { [Name in keyof wire.ServerEvents]?: (raw: wire.ServerEvents[Name]) => model.ChatEvent };

function member(raw: wire.Member | wire.MemberSnake): model.Member {
  return {
    userId: "userId" in raw ? raw.userId : raw.user_id,
    role: raw.role,
    person: profile(raw.user),
  };
}

function cursor(pagination: wire.Pagination): string | null {
  return pagination.has_more ? pagination.next_cursor : null;
}

function about(position: string | null, department: string | null): string {
  return [position, department].filter(Boolean).join(" · ");
}
