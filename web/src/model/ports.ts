/**
 * What the model needs from the world. The browser's side of each is in `api/`; tests pass plain objects and a
 * clock they move themselves.
 */

import type { FindingApi, GroupsApi, OwnApi } from "./requests";
import type { Outgoing } from "./state";
import type {
  ChatEvent,
  Conversation,
  ConversationList,
  Failure,
  Message,
  Page,
  Person,
  Poll,
  Reaction,
} from "./types";

export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export interface Api extends FindingApi, GroupsApi, OwnApi {
  me(): Promise<Result<Person>>;
  people(query: string): Promise<Result<Person[]>>;
  online(): Promise<Result<string[]>>;
  conversations(cursor: string | null): Promise<Result<ConversationList>>;
  conversation(id: string): Promise<Result<Conversation>>;
  create(request: {
    type: "dm" | "group";
    memberIds: string[];
    name?: string;
  }): Promise<Result<Conversation>>;
  messages(conversationId: string, cursor: string | null, limit?: number): Promise<Result<Page>>;
  message(id: string): Promise<Result<Message>>;
  /** What was missed everywhere. @param request where we stand, and the `at` of the answer before */
  sync(request: {
    epoch: string;
    positions: Readonly<Record<string, number>>;
    since: string | null;
  }): Promise<Result<Missed>>;
  /** What was missed in one conversation after a number. */
  events(conversationId: string, after: number): Promise<Result<MissedHere>>;
  send(request: {
    conversationId: string;
    content: string;
    clientId: string;
    replyToId: string | null;
  }): Promise<Result<Message>>;
  edit(messageId: string, content: string): Promise<Result<Message>>;
  /** Answers when. */
  remove(messageId: string, everyone: boolean): Promise<Result<string>>;
  react(messageId: string, emoji: string): Promise<Result<Reaction>>;
  unreact(messageId: string, emoji: string): Promise<Result<true>>;
  markRead(conversationId: string): Promise<Result<true>>;
  /** Everything there is in it is on this device. */
  markDelivered(conversationId: string): Promise<Result<true>>;
  createPoll(request: NewPoll): Promise<Result<Message>>;
  /** The whole choice: it replaces the one before. */
  vote(pollId: string, optionIds: readonly string[]): Promise<Result<Poll>>;
  closePoll(pollId: string): Promise<Result<Poll>>;
}

/** What happened while we were away, as it is told now. */
export interface Missed {
  epoch: string;
  /** The server's time. */
  at: string;
  events: ChatEvent[];
  /** To be asked again. */
  more: boolean;
  /** Likewise, from `at` on: some receipts did not fit. */
  moreReceipts: boolean;
  /** What is held of these is too old, or of another history. */
  tooFar: string[];
  /** No longer ours. */
  left: string[];
  /** Of all our conversations. */
  heads: Record<string, number>;
  /** The number up to which a history is not ours to see, where it is not 0. */
  cleared: Record<string, number>;
}

export interface MissedHere {
  events: ChatEvent[];
  more: boolean;
  /** Of our membership: what is told begins after it. */
  begins: number;
  head: number;
}

/** @param progress told the part that has left, 0 to 1 */
export type Upload = (
  request: {
    conversationId: string;
    clientId: string;
    name: string;
    bytes: Bytes;
    /** Seconds, of a voice message. */
    duration: number | null;
    replyToId: string | null;
  },
  progress: (part: number) => void,
) => Sending<Message>;

/** Something long under way. Cancelled, it answers with the failure `cancelled`. */
export interface Sending<T> {
  answer: Promise<Result<T>>;
  cancel(): void;
}

/** A Blob, as far as the model needs to know. */
export interface Bytes {
  readonly size: number;
  readonly type: string;
}

export interface NewPoll {
  conversationId: string;
  question: string;
  options: readonly string[];
  multiple: boolean;
  expiresAt: string | null;
}

export interface SocketHandlers {
  connected(id: string): void;
  /** The server ended it, or never let us in: `code` is its word for why, or null when we never came so far. */
  refused(code: string | null): void;
  /** An established connection ended. */
  dropped(): void;
  /** The server says that the token ends in so many seconds. */
  expiring(seconds: number): void;
  event(event: ChatEvent): void;
}

export interface Connection {
  typing(conversationId: string, typing: boolean): void;
  /** Resolves false when the server does not answer within the time: the line is dead though it looks open. */
  alive(timeoutMs: number): Promise<boolean>;
  /** Tells the open line the fresh token. Resolves false when the server does not take it. */
  auth(token: string): Promise<boolean>;
  close(): void;
}

export type Connect = (token: string, handlers: SocketHandlers) => Connection;

export interface Clock {
  now(): number;
  /** Calls back once after `ms`; the answer cancels. */
  after(ms: number, call: () => void): () => void;
  /** 0 ≤ x < 1 */
  random(): number;
}

/** Small texts that outlive a reload: drafts. */
export interface Keep {
  read(key: string): string | null;
  write(key: string, value: string | null): void;
}

/** What has become of an unsent message that is not to be sent any more. */
export type Finished = "sent" | "discarded";

/** A conversation as it was last seen: its newest messages, and the number up to which they are true. */
export interface Copy {
  row: Conversation;
  position: number;
  messages: readonly Message[];
  older: string | null;
  reads: Readonly<Record<string, number>>;
  deliveries: Readonly<Record<string, number>>;
}

/** What is kept of the history of one person, and of one epoch of the server. */
export interface Copies {
  epoch: string;
  /** The server's time up to which the receipts are known. */
  since: string | null;
  copies: Copy[];
}

/** History that outlives the page, on this device. Nothing of it ever fails. */
export interface CopyKeep {
  /** Of this person; what is there of others is erased. */
  read(userId: string): Promise<Copies | null>;
  /** All of it or nothing. What is kept of another epoch is erased. */
  write(userId: string, changed: Copies, gone: readonly string[]): void;
  erase(userId: string): void;
}

/** What another tab did with a person's unsent messages. `outgoing` may carry the server's answer. */
export type UnsentNews =
  | { kind: "written"; outgoing: Outgoing }
  | { kind: "discarded"; conversationId: string; clientId: string };

/** Unsent messages: they outlive the page, and all tabs of a browser share them. Nothing of it ever fails. */
export interface Unsent {
  /** All that are kept of this person, in their order. Of files only what is known of them, not their bytes. */
  read(userId: string): Promise<Outgoing[]>;
  /** Keeps it as it is now, and tells the other tabs. */
  write(userId: string, outgoing: Outgoing): void;
  finish(userId: string, outgoing: Outgoing, how: Finished): void;
  finished(userId: string, clientId: string): Promise<Finished | null>;
  /** Does the work while no other tab does any for the same conversation. When that tab closes, its turn is over. */
  alone(userId: string, conversationId: string, work: () => Promise<void>): Promise<void>;
  listen(hear: (userId: string, news: UnsentNews) => void): void;
  erase(userId: string): void;
}
