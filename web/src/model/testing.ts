/** For tests only: small makers of model objects, and a clock that moves when told to. */
import type { Api, Clock, Result } from "./ports";
import { emptyState, type State } from "./state";
import type { Conversation, Failure, Message, Person } from "./types";

export const person = (id: string, name = id): Person => ({
  id,
  name,
  email: `${id}@corp.local`,
  image: null,
  about: "",
  role: "MEMBER",
  active: true,
});

export const me = person("me", "Me Myself");

/** Microseconds as the server writes them; `second` orders. */
export const at = (second: number) =>
  new Date(Date.UTC(2026, 4, 4, 12, 0, second)).toISOString().replace("Z", "000Z");

export const noFacts = { mentions: [], mentionsAll: false, preview: null, file: null };

export const message = (number: number, over: Partial<Message> = {}): Message => ({
  id: `m${number}`,
  conversationId: "c",
  senderId: "ben",
  senderName: "Ben",
  content: `text ${number}`,
  type: "TEXT",
  facts: noFacts,
  replyToId: null,
  quote: null,
  reactions: [],
  poll: null,
  number,
  at: at(number),
  editedAt: null,
  deletedAt: null,
  clientId: null,
  delivery: "sent",
  readBy: [],
  deliveredTo: [],
  ...over,
});

export const own = (number: number, clientId: string, over: Partial<Message> = {}): Message =>
  message(number, { senderId: "me", senderName: "Me Myself", clientId, ...over });

export const event = (seq: number, over: Partial<Message> = {}) => {
  const carried = message(seq, over);
  return { kind: "message" as const, conversationId: carried.conversationId, seq, message: carried };
};

export const conversation = (id = "c", over: Partial<Conversation> = {}): Conversation => ({
  id,
  type: "dm",
  name: "Ben",
  avatarUrl: null,
  createdAt: at(0),
  members: [
    { userId: "me", role: "member", person: me },
    { userId: "ben", role: "member", person: person("ben", "Ben") },
  ],
  memberCount: 2,
  unread: 0,
  muted: false,
  mentioned: false,
  mutedUntil: null,
  history: null,
  last: null,
  lastNumber: 0,
  ...over,
});

export const stateWith = (over: Partial<State> = {}): State => ({
  ...emptyState,
  me,
  list: "ready",
  conversations: { c: conversation() },
  positions: { c: 0 },
  connection: { name: "online", id: "s" },
  ...over,
});

export const failure = (status: number, over: Partial<Failure> = {}): Failure => ({
  code: status === 0 ? "network" : `http_${status}`,
  detail: "",
  status,
  retryAfter: null,
  ...over,
});

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });
export const no = (status: number, over: Partial<Failure> = {}): Result<never> => ({
  ok: false,
  failure: failure(status, over),
});

export interface FakeClock extends Clock {
  /** Moves time on, running what becomes due in order, and lets promises settle in between. */
  pass(ms: number): Promise<void>;
}

export function fakeClock(random = 0.5): FakeClock {
  let now = 1_000_000;
  let timers: { at: number; call: () => void }[] = [];
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return {
    now: () => now,
    random: () => random,
    after(ms, call) {
      const timer = { at: now + ms, call };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    async pass(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const due = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers = timers.filter((timer) => timer !== due);
        now = Math.max(now, due.at);
        due.call();
        await settle();
      }
      now = until;
      await settle();
    },
  };
}

/** An Api of which a test writes only what it needs; anything else fails loudly. */
export function api(over: Partial<Api>): Api {
  const unexpected = (name: string) => () => Promise.reject(new Error(`unexpected call: ${name}`));
  return new Proxy(over as Api, {
    get: (target, name: string) => target[name as keyof Api] ?? unexpected(name),
  });
}
