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
  last: LastMessage | null;
  /** Number of the last message where we saw it; 0 after a list fetch, which does not tell it. */
  lastNumber: number;
}

export type Delivery = "sent" | "delivered" | "read";

export interface Message {
  id: string;
  conversationId: string;
  senderId: string;
  senderName: string;
  content: string;
  type: string;
  /** 1, 2, 3 … per conversation, without a gap. */
  number: number;
  at: string;
  editedAt: string | null;
  deletedAt: string | null;
  clientId: string | null;
  /** As it was when fetched; live positions in `State.reads` may be further. */
  delivery: Delivery;
  /** Who had read it when it was fetched. Empty in large groups. */
  readBy: string[];
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
  | MembershipEvent;

export type MembershipEvent = { conversationId: string; seq: number } & (
  | {
      kind: "members_added";
      added: { userId: string; name: string; role: Member["role"] }[];
      memberCount: number;
    }
  | { kind: "member_removed"; userId: string; memberCount: number }
  /** Name and picture as they are now. */
  | { kind: "conversation_changed"; name: string; avatarUrl: string | null }
);

export type ChatEvent =
  | NumberedEvent
  | { kind: "hello"; epoch: string; heads: Record<string, number> }
  /** `seq` is the number of the last change it shows; 0 for a new one. */
  | { kind: "conversation"; conversation: Conversation; seq: number }
  | { kind: "read"; conversationId: string; userId: string; number: number }
  | { kind: "presence"; userId: string; online: boolean }
  | { kind: "typing"; conversationId: string; userId: string; typing: boolean };

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
