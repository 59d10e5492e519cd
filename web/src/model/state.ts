/** The one store of the client: what is known, normalised, immutable. */
import type { Attachment } from "./attachment";
import type { ConnectionState } from "./connection";
import type { Conversation, Failure, Message, NumberedEvent, Person, Preferences, Quote } from "./types";

/** A message of ours that the server has not yet shown back to us. */
export interface Outgoing {
  clientId: string;
  conversationId: string;
  content: string;
  /** What it answers. */
  quote: Quote | null;
  /** A file instead of a text; `content` is its name then. Its bytes are with `Uploads`. */
  file: Attachment | null;
  /** Local time of the send, ISO. */
  at: string;
  state: "pending" | "failed" | "sent";
  failure: Failure | null;
  /** The server's answer. It waits here until its number is next in line, so that nothing is shown out of order. */
  confirmed: Message | null;
}

/** What we did to a message and the server has not confirmed: shown at once, over the message as it is. */
export interface Change {
  edit?: { content: string; failure: Failure | null };
  remove?: { everyone: boolean; failure: Failure | null };
  /** Null takes one's own back. */
  react?: { emoji: string | null; failure: Failure | null };
  vote?: { optionIds: readonly string[]; failure: Failure | null };
  close?: { failure: Failure | null };
}

/** What the box is used for, where that is not simply a new message. */
export type Composing =
  | { kind: "reply"; quote: Quote }
  /** The text under work is here: the conversation's draft waits meanwhile. */
  | { kind: "edit"; messageId: string; original: string; text: string };

/** The loaded part of one conversation: contiguous and newest-complete. */
export interface Window {
  /** Oldest first, by number. */
  messages: Message[];
  older: string | null;
  loading: "newest" | "older" | "newer" | null;
  failure: Failure | null;
}

/**
 * A part of the history that one jumped to: contiguous as well, but with a hole between it and the newest messages. When
 * nothing is missing between them any more, it is joined to them (`model/around.ts`).
 */
export interface Around extends Window {
  /** Everything up to this number is in it, from its oldest message on. */
  upTo: number;
}

/** Where one was sent to in a conversation. */
export interface Place {
  /** The message, by number; null: the newest ones, or with a problem where one is. */
  number: number | null;
  /** Grows with each request, so that the same place can be asked for again. */
  turn: number;
  /** Grows when another part of the history is shown, which begins afresh on the screen. */
  view: number;
  /** Not reached: it is not there (any more) and its neighbours are shown, or it could not be loaded. */
  problem: "missing" | "failed" | null;
}

/** What is not ours to see any more, however late it is heard of: hidden by us, or everything up to a number. */
export interface Gone {
  upTo: number;
  ids: Readonly<Record<string, true>>;
}

export interface State {
  me: Person | null;
  epoch: string | null;
  connection: ConnectionState;
  list: "loading" | "ready" | "failed";
  conversations: Readonly<Record<string, Conversation>>;
  windows: Readonly<Record<string, Window>>;
  /** Shown instead of the newest messages where one jumped away from them. */
  arounds: Readonly<Record<string, Around>>;
  places: Readonly<Record<string, Place>>;
  /** As far as we heard of it since the page was loaded; what is fetched has none of it. */
  gone: Readonly<Record<string, Gone>>;
  outbox: Readonly<Record<string, readonly Outgoing[]>>;
  /** The last event applied, per conversation. */
  positions: Readonly<Record<string, number>>;
  /** Events that came too early: something before them is missing. */
  held: Readonly<Record<string, readonly NumberedEvent[]>>;
  /** The newest event the server is known to have, where that is more than we applied. */
  heads: Readonly<Record<string, number>>;
  /** How far others have read, per conversation and user: message numbers. */
  reads: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** How far the devices of others have got; reading counts too. */
  deliveries: Readonly<Record<string, Readonly<Record<string, number>>>>;
  online: Readonly<Record<string, true>>;
  /** When the notice ends, in clock milliseconds, per conversation and user. */
  typing: Readonly<Record<string, Readonly<Record<string, number>>>>;
  drafts: Readonly<Record<string, string>>;
  /** Per conversation. */
  composing: Readonly<Record<string, Composing>>;
  /** Per message. */
  changes: Readonly<Record<string, Change>>;
  /** Whom we do not want to hear from, by user id. */
  blocked: Readonly<Record<string, true>>;
  /** As they are shown; null until they are known. */
  preferences: Preferences | null;
  /** While changes of them are on their way. */
  preferring: Preferring | null;
  /** Names of conversations one was taken out of since the page was loaded. */
  left: Readonly<Record<string, string>>;
}

/** What is true of the preferences, and what is to become of it. */
export interface Preferring {
  /** As the server said last; null until it did. */
  saved: Preferences | null;
  /** Not answered yet, the oldest first. */
  changes: readonly Partial<Preferences>[];
}

export const emptyState: State = {
  me: null,
  epoch: null,
  connection: { name: "signed_out", reason: null },
  list: "loading",
  conversations: {},
  windows: {},
  arounds: {},
  places: {},
  gone: {},
  outbox: {},
  positions: {},
  held: {},
  heads: {},
  reads: {},
  deliveries: {},
  online: {},
  typing: {},
  drafts: {},
  composing: {},
  changes: {},
  blocked: {},
  preferences: null,
  preferring: null,
  left: {},
};

/** A record without one key; the same object when the key is not there. */
export function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  if (!(key in record)) return record;
  const { [key]: _gone, ...rest } = record;
  return rest;
}
