/** The two casings of the wire become the model's one. Nothing else in the client knows that there are two. */
import type * as model from "../model/types";
import type * as wire from "./contract.gen";
import { facts, message, poll, reaction } from "./normaliseMessage";

export { message, poll, reaction };

export function person(raw: wire.User): model.Person {
  return {
    id: raw.id,
    name: raw.displayName || raw.name || raw.email,
    email: raw.email,
    image: raw.image || null,
    about: inOneLine(raw.positionTitle, raw.department),
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
    about: inOneLine(raw.position_title, raw.department),
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
    mentioned: false,
    // Of nobody but oneself is it told.
    mutedUntil: raw.members.map((m) => ("userId" in m ? m.muteUntil : m.mute_until)).find(Boolean) ?? null,
    history: null,
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

/** The server sends the newest first; a screen reads downwards. */
export function page(raw: wire.MessagePage, seq: number | null): model.Page {
  const messages = raw.data.map(message).reverse();
  return { messages, older: cursor(raw.pagination), seq: Number.isInteger(seq) ? seq : null };
}

export function list(raw: wire.ConversationPage): model.ConversationList {
  return { conversations: raw.data.map(conversation), next: cursor(raw.pagination) };
}

/**
 * Every event our reducer takes, by its name on the wire. Names missing here are ignored on purpose, and so is every
 * event marked `compat`: it tells older clients what another one of the same number tells us.
 */
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
    history: raw.history_visibility,
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
  member_left: (raw: wire.MemberLeftEvent) => ({
    kind: "member_removed",
    conversationId: raw.conversation_id,
    seq: raw.seq,
    userId: raw.user_id,
    memberCount: raw.member_count,
  }),
  member_updated: (raw: wire.MemberUpdatedEvent) => ({
    kind: "member_changed",
    conversationId: raw.conversation_id,
    seq: raw.seq,
    userId: raw.user_id,
    role: raw.role,
  }),
  message_edited: (raw: wire.MessageEditedEvent) => ({
    ...about(raw),
    kind: "edited",
    content: raw.content,
    facts: facts(raw.metadata_json),
    editedAt: raw.is_edited ? raw.updated_at : null,
    deletedAt: raw.deleted_at,
  }),
  reaction_added: (raw: wire.ReactionAddedEvent) => ({
    ...about(raw),
    kind: "reacted",
    reaction: reaction(raw.reaction),
  }),
  reaction_removed: (raw: wire.ReactionRemovedEvent) => ({
    ...about(raw),
    kind: "unreacted",
    userId: raw.user_id,
    emoji: raw.emoji,
  }),
  link_preview: (raw: wire.LinkPreviewEvent) => ({
    ...about(raw),
    kind: "previewed",
    facts: facts(raw.metadata_json),
  }),
  unseen_change: (raw: wire.UnseenChangeEvent) => ({
    kind: "unseen",
    conversationId: raw.conversation_id,
    seq: raw.seq,
  }),
  poll_vote_added: polled,
  poll_closed: polled,
  message_hidden: (raw: wire.MessageHiddenEvent) => ({
    kind: "hidden",
    conversationId: raw.conversation_id,
    messageId: raw.message_id,
  }),
  conversation_cleared: (raw: wire.ConversationClearedEvent) => ({
    kind: "cleared",
    conversationId: raw.conversation_id,
    number: raw.sequence_number,
  }),
  conversation_muted: (raw: wire.MuteEvent) => ({
    kind: "muted",
    conversationId: raw.conversation_id,
    muted: raw.is_muted,
    until: raw.mute_until,
  }),
  preferences_updated: (raw: wire.Preferences) => ({ kind: "preferences", preferences: preferences(raw) }),
  user_blocked: (raw: wire.BlockedEvent) => ({
    kind: "blocked",
    userId: raw.user_id,
    blocked: raw.is_blocked,
  }),
  messages_delivered: (raw: wire.MessagesDeliveredEvent) => ({
    kind: "delivered",
    conversationId: raw.conversation_id,
    userId: raw.user_id,
    number: raw.sequence_number,
  }),
  messages_read: (raw: wire.MessagesReadEvent) => ({
    kind: "read",
    conversationId: raw.conversation_id,
    userId: raw.user_id,
    number: raw.sequence_number,
  }),
  user_online: (raw: wire.PresenceEvent) => ({ kind: "presence", userId: raw.user_id, online: true }),
  user_offline: (raw: wire.PresenceEvent) => ({ kind: "presence", userId: raw.user_id, online: false }),
  notification: (raw: wire.NotificationEvent) => ({
    kind: "notification",
    conversationId: raw.conversation_id,
    about: raw.kind as model.Notice["about"],
    messageId: raw.message_id,
    actorId: raw.actor_id,
    sound: raw.sound,
    browser: raw.browser,
  }),
  user_typing: (raw: wire.TypingEvent) => ({
    kind: "typing",
    conversationId: raw.conversation_id,
    userId: raw.user_id,
    typing: raw.is_typing,
  }),
} satisfies { [Name in keyof wire.ServerEvents]?: (raw: wire.ServerEvents[Name]) => model.ChatEvent };

function about(raw: { conversation_id: string; seq: number; message_id: string }) {
  return { conversationId: raw.conversation_id, seq: raw.seq, messageId: raw.message_id };
}

function polled(raw: wire.PollVoteEvent | wire.PollClosedEvent): model.ChatEvent {
  const messageId = raw.poll.messageId;
  return { ...about({ ...raw, message_id: messageId }), kind: "polled", poll: poll(raw.poll) };
}

export function preferences(raw: wire.Preferences): model.Preferences {
  return {
    sound: raw.sound_enabled,
    volume: raw.sound_volume,
    browser: raw.browser_notifications_enabled,
    messages: raw.enable_message_notifications,
    mentions: raw.enable_mention_notifications,
    reactions: raw.enable_reaction_notifications,
    memberActivity: raw.enable_member_activity_notifications,
    dnd: raw.dnd_enabled,
    dndStart: raw.dnd_start,
    dndEnd: raw.dnd_end,
    timezone: raw.timezone,
  };
}

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

function inOneLine(position: string | null, department: string | null): string {
  return [position, department].filter(Boolean).join(" · ");
}
