/** The timeline as rows: day separators, the line above the unread, and messages grouped by author and minutes. */
import { type Attachment, attachmentOf } from "./attachment";
import { type Note, noteOf, overlaid } from "./overlay";
import type { Positions } from "./receipts";
import { delivery } from "./select";
import type { Outgoing, State } from "./state";
import type { Conversation, Delivery, Failure, Message, Quote } from "./types";

export interface Bubble {
  /** Stays the same from the first pending moment on, so the element on screen does too. */
  key: string;
  id: string | null;
  senderId: string;
  senderName: string;
  content: string;
  /** Shown instead of the text, which is its name. */
  file: Attachment | null;
  at: string;
  own: boolean;
  state: "pending" | "failed" | "sent";
  delivery: Delivery;
  failure: Failure | null;
  edited: boolean;
  deleted: boolean;
  /** Null until the server has it. With what we did to it a moment ago. */
  message: Message | null;
  quote: Quote | null;
  /** What we did to it and could not be done. */
  note: Note | null;
}

export type Row =
  /** Above the very first message. */
  | { kind: "beginning"; key: string }
  | { kind: "day"; key: string; at: string }
  | { kind: "new"; key: string }
  /** What happened to the conversation itself, in a sentence of the server. */
  | { kind: "system"; key: string; text: string; at: string }
  | { kind: "message"; key: string; bubble: Bubble; head: boolean; tail: boolean };

/** A pause longer than this starts a new group. */
const GROUP_MS = 5 * 60_000;

export interface RowsInput {
  messages: readonly Message[];
  outbox: readonly Outgoing[];
  /** Nothing older is left to load. */
  complete: boolean;
  conversation: Conversation | undefined;
  reads: Positions;
  deliveries: Positions;
  changes: State["changes"];
  me: { id: string; name: string };
  /** Number of the last message read when the conversation was opened; the line goes below it. Null: no line. */
  readUpTo: number | null;
}

export function rows(input: RowsInput): Row[] {
  const result: Row[] = input.complete ? [{ kind: "beginning", key: "beginning" }] : [];
  let previous: Bubble | null = null;
  let lineDue = lineWanted(input);
  let day = "";
  /** Separators due above what was written then. */
  const separate = (at: string, unread: boolean) => {
    const newDay = dayKey(at) !== day;
    day = dayKey(at);
    if (newDay) result.push({ kind: "day", key: `day:${day}`, at });
    if (unread && lineDue) result.push({ kind: "new", key: "new" });
    const separated = newDay || (unread && lineDue);
    if (unread) lineDue = false;
    return separated;
  };
  const add = (bubble: Bubble, unread: boolean) => {
    const head = separate(bubble.at, unread) || !previous || !sameGroup(previous, bubble);
    const before = result[result.length - 1];
    if (!head && before?.kind === "message") result[result.length - 1] = { ...before, tail: false };
    result.push({ kind: "message", key: bubble.key, bubble, head, tail: true });
    previous = bubble;
  };
  for (const message of input.messages) {
    const unread = message.number > (input.readUpTo ?? 0) && !isOwn(message, input.me.id);
    if (message.type !== "SYSTEM") {
      const shown = overlaid(message, input.changes[message.id], input.me.id);
      if (shown) add(fromMessage(shown, input), unread);
      continue;
    }
    separate(message.at, unread);
    result.push({ kind: "system", key: message.id, text: message.content, at: message.at });
    previous = null;
  }
  for (const outgoing of input.outbox) add(fromOutgoing(outgoing, input.me), false);
  return result;
}

/** Not where the first unread message is not loaded, and no more when one has answered. */
function lineWanted({ messages, outbox, me, readUpTo }: RowsInput): boolean {
  const [first] = messages;
  if (readUpTo === null || !first || first.number > readUpTo + 1) return false;
  return outbox.length === 0 && !messages.some((m) => isOwn(m, me.id) && m.number > readUpTo);
}

/** Notices carry a sender too, whom they concern; nobody wrote them. */
export function isOwn(message: Message, me: string): boolean {
  return message.senderId === me && message.type !== "SYSTEM";
}

function fromMessage(message: Message, { me, conversation, reads, deliveries, changes }: RowsInput): Bubble {
  const own = isOwn(message, me.id);
  return {
    key: (own && message.clientId) || message.id,
    id: message.id,
    senderId: message.senderId,
    senderName: message.senderName,
    content: message.content,
    file: message.deletedAt === null ? attachmentOf(message) : null,
    at: message.at,
    own,
    state: "sent",
    delivery: own ? delivery(message, conversation, reads, deliveries) : "sent",
    failure: null,
    edited: message.editedAt !== null,
    deleted: message.deletedAt !== null,
    message,
    quote: message.quote,
    note: noteOf(changes[message.id]),
  };
}

function fromOutgoing(outgoing: Outgoing, me: RowsInput["me"]): Bubble {
  return {
    key: outgoing.clientId,
    id: outgoing.confirmed?.id ?? null,
    senderId: me.id,
    senderName: me.name,
    content: outgoing.content,
    file: outgoing.file && outgoing.confirmed ? attachmentOf(outgoing.confirmed) : outgoing.file,
    at: outgoing.confirmed?.at ?? outgoing.at,
    own: true,
    state: outgoing.state,
    delivery: "sent",
    failure: outgoing.failure,
    edited: false,
    deleted: false,
    message: null,
    quote: outgoing.quote,
    note: null,
  };
}

function sameGroup(a: Bubble, b: Bubble): boolean {
  if (a.senderId !== b.senderId) return false;
  return Math.abs(Date.parse(b.at) - Date.parse(a.at)) <= GROUP_MS;
}

/** The day in the reader's own time zone. */
export function dayKey(iso: string): string {
  const date = new Date(iso);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** Whole local days from `iso` to `now`: 0 today, 1 yesterday. */
export function daysAgo(iso: string, now: Date): number {
  const then = new Date(iso);
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(now) - midnight(then)) / 86_400_000);
}
