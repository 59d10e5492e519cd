/** The nouns of the client. One casing, no nulls where an empty value says the same. */

export type Role = "ADMIN" | "LEADER" | "MEMBER";

export interface Person {
  id: string;
  name: string;
  email: string;
  image: string | null;
  /** Position and department in one line, empty when the directory knows neither. */
  about: string;
  role: Role;
  active: boolean;
}

export interface Member {
  userId: string;
  role: "admin" | "member";
  person: Person;
}

export interface LastMessage {
  id: string;
  content: string;
  type: string;
  senderId: string;
  /** ISO 8601, UTC, microseconds: compares as text. */
  at: string;
}

export interface Conversation {
  id: string;
  type: "dm" | "group";
  name: string;
  avatarUrl: string | null;
  createdAt: string;
  members: Member[];
  memberCount: number;
  unread: number;
  muted: boolean;
  /** Somebody spoke to us by name in what is unread: heard while the page is open, or seen in the newest message. */
  mentioned: boolean;
  /** ISO; null: until it is unmuted. */
  mutedUntil: string | null;
  /** From when on people who are added may read; null while we do not know. */
  history: "joined" | "all" | null;
  last: LastMessage | null;
  /** Number of the last message where we saw it; 0 after a list fetch, which does not tell it. */
  lastNumber: number;
}

export type Delivery = "sent" | "delivered" | "read";

/** What the first link of a message leads to, in the words of that page. */
export interface LinkPreview {
  url: string;
  title: string;
  description: string;
  image: string | null;
  domain: string;
}

/** What is known of a file. Older clients send less, and addresses of anywhere. */
export interface FileFacts {
  name: string;
  /** Bytes; null when nobody said. */
  size: number | null;
  url: string | null;
  mimeType: string;
  thumbnailUrl: string | null;
  width: number | null;
  height: number | null;
  /** Seconds. */
  duration: number | null;
}

/** The part of a message's metadata that we know how to show. */
export interface Facts {
  /** User ids, as the server found them in the text. */
  mentions: readonly string[];
  mentionsAll: boolean;
  preview: LinkPreview | null;
  file: FileFacts | null;
}

/** One person's; everybody has at most one per message. */
export interface Reaction {
  userId: string;
  emoji: string;
}

export interface PollOption {
  id: string;
  text: string;
  /** User ids. */
  voters: readonly string[];
}

/** Whose vote is whose is in the options, so the same poll is right for everybody. */
export interface Poll {
  id: string;
  question: string;
  multiple: boolean;
  closed: boolean;
  expiresAt: string | null;
  options: readonly PollOption[];
}

/** The message that another one answers, one level deep. */
export interface Quote {
  id: string;
  number: number;
  senderId: string;
  senderName: string;
  content: string;
  type: string;
  deleted: boolean;
}

export interface Message {
  id: string;
  conversationId: string;
  senderId: string;
  senderName: string;
  content: string;
  type: string;
  facts: Facts;
  /** Set where the quoted message is one we may not read as well; then there is no quote. */
  replyToId: string | null;
  quote: Quote | null;
  reactions: readonly Reaction[];
  poll: Poll | null;
  /** 1, 2, 3 … per conversation, without a gap. */
  number: number;
  at: string;
  editedAt: string | null;
  deletedAt: string | null;
  clientId: string | null;
  /** As it was when fetched; live positions in `State.reads` and `State.deliveries` may be further. */
  delivery: Delivery;
  /** Who had read it, or had it on a device, when it was fetched. Empty in large groups. */
  readBy: string[];
  deliveredTo: string[];
}

export interface Page {
  /** Oldest first. */
  messages: Message[];
  /** For the next older page; null at the beginning of the conversation. */
  older: string | null;
  /** The number of the last change it shows; null when the server did not say. */
  seq: number | null;
}

export interface ConversationList {
  conversations: Conversation[];
  next: string | null;
}

/** What the server tells through the socket. `seq` numbers the visible changes of a conversation. */
export type NumberedEvent =
  | { kind: "message"; conversationId: string; seq: number; message: Message }
  | MessageEvent
  | MembershipEvent
  /** Something from before one's own history changed: only its number counts. */
  | { kind: "unseen"; conversationId: string; seq: number };

/** Changes of a message that is there. */
export type MessageEvent = { conversationId: string; seq: number } & MessageChange;

export type MessageChange =
  | {
      kind: "edited";
      messageId: string;
      content: string;
      facts: Facts;
      editedAt: string | null;
      /** Set: deleted for everyone. */
      deletedAt: string | null;
    }
  | { kind: "reacted"; messageId: string; reaction: Reaction }
  | { kind: "unreacted"; messageId: string; userId: string; emoji: string }
  | { kind: "previewed"; messageId: string; facts: Facts }
  /** Voted or closed: the poll as it is now. */
  | { kind: "polled"; messageId: string; poll: Poll };

export type MembershipEvent = { conversationId: string; seq: number } & (
  | {
      kind: "members_added";
      added: { userId: string; name: string; role: Member["role"] }[];
      memberCount: number;
    }
  /** Removed, or gone by themselves. */
  | { kind: "member_removed"; userId: string; memberCount: number }
  | { kind: "member_changed"; userId: string; role: Member["role"] }
  /** Name and picture as they are now. */
  | { kind: "conversation_changed"; name: string; avatarUrl: string | null; history: "joined" | "all" }
);

/** What concerns only us, from another device of ours: it has no number. */
export type OwnEvent =
  | { kind: "hidden"; conversationId: string; messageId: string }
  /** Everything up to this message number. */
  | { kind: "cleared"; conversationId: string; number: number }
  | { kind: "muted"; conversationId: string; muted: boolean; until: string | null }
  | { kind: "blocked"; userId: string; blocked: boolean }
  | { kind: "preferences"; preferences: Preferences };

export type ChatEvent =
  | NumberedEvent
  | OwnEvent
  | { kind: "hello"; epoch: string; heads: Record<string, number> }
  /** `seq` is the number of the last change it shows; 0 for a new one. */
  | { kind: "conversation"; conversation: Conversation; seq: number }
  | { kind: "read"; conversationId: string; userId: string; number: number }
  | { kind: "delivered"; conversationId: string; userId: string; number: number }
  | { kind: "presence"; userId: string; online: boolean }
  /** We should be told of it, as the server sees it; whether it is before our eyes already, it cannot know. */
  | ({ kind: "notification" } & Notice)
  | { kind: "typing"; conversationId: string; userId: string; typing: boolean };

export interface Notice {
  conversationId: string;
  about: "message" | "mention" | "reply" | "reaction" | "member_activity";
  messageId: string | null;
  actorId: string;
  sound: boolean;
  browser: boolean;
}

/** What one wants to be told of. Times of day are "HH:MM" in `timezone`. */
export interface Preferences {
  sound: boolean;
  /** 0 to 100. */
  volume: number;
  browser: boolean;
  messages: boolean;
  mentions: boolean;
  reactions: boolean;
  memberActivity: boolean;
  dnd: boolean;
  dndStart: string | null;
  dndEnd: string | null;
  timezone: string;
}

/** A failed call, in the words of the server where it had some. */
export interface Failure {
  /** Machine code of the server, or `network`, `timeout`. */
  code: string;
  detail: string;
  /** HTTP status; 0 when no answer came. */
  status: number;
  /** Seconds, from Retry-After. */
  retryAfter: number | null;
}
