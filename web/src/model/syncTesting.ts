/** For the tests of sync only: a server with one conversation, which counts what it is asked. */
import type { Api, Missed } from "./ports";
import type { State } from "./state";
import { createStore } from "./store";
import { Sync } from "./sync";
import { api, at, conversation, event, fakeClock, message, no, ok, stateWith } from "./testing";
import type { ChatEvent, Page } from "./types";

export const page = (from: number, to: number): Page => ({
  messages: Array.from({ length: to - from + 1 }, (_, i) => message(from + i)),
  older: from > 1 ? `seq:${from}` : null,
  seq: null,
});
export const last = (number: number) => ({
  id: `m${number}`,
  content: "",
  type: "TEXT",
  senderId: "ben",
  at: at(number),
});
export const loaded = (from: number, to: number) => {
  const { messages, older } = page(from, to);
  return { messages, older, loading: null, failure: null };
};

/** A server with one conversation of `count` messages. */
export function setup(count: number, over: Partial<State> = {}) {
  const clock = fakeClock();
  const server = {
    count,
    unread: 0,
    calls: [] as string[],
    epoch: "e",
    /** What happened, by its number, where that was not the message of the same number. */
    changes: {} as Record<number, ChatEvent>,
    /** Told beside what has a number. */
    more: {} as Partial<Missed>,
    asked: [] as Parameters<Api["sync"]>[0][],
  };
  const head = () => Math.max(server.count, ...Object.keys(server.changes).map(Number));
  const missing = (after: number) =>
    range(after + 1, Math.min(head(), after + 500)).map((seq) => server.changes[seq] ?? event(seq));
  const store = createStore<State>(stateWith({ positions: {}, ...over }));
  const row = () =>
    conversation("c", { last: server.count ? last(server.count) : null, unread: server.unread });
  const fake: Partial<Api> = {
    conversations: async () => {
      server.calls.push("list");
      return ok({ conversations: [row()], next: null });
    },
    conversation: async (id) => {
      server.calls.push(`conversation ${id}`);
      return id === "c" ? ok(row()) : no(404);
    },
    messages: async (_, cursor) => {
      server.calls.push(`messages ${cursor ?? "newest"}`);
      const to = cursor ? Number(cursor.slice(4)) - 1 : server.count;
      return ok({ ...page(Math.max(1, to - 49), to), seq: head() });
    },
    online: async () => ok(["ben"]),
    sync: async (request) => {
      server.calls.push("sync");
      server.asked.push(request);
      const position = request.positions.c;
      const known = position !== undefined && request.epoch === server.epoch;
      const far = position !== undefined && (!known || head() - position > 1_000);
      const events = known && !far ? missing(position) : [];
      return ok({
        epoch: server.epoch,
        at: `at ${head()}`,
        events,
        more: events.length === 500 && (position ?? 0) + 500 < head(),
        moreReceipts: false,
        tooFar: far ? ["c"] : [],
        left: Object.keys(request.positions).filter((id) => id !== "c"),
        heads: { c: head() },
        cleared: {},
        ...server.more,
      });
    },
    events: async (id, after) => {
      server.calls.push(`events ${id} ${after}`);
      if (id !== "c") return no(404);
      return ok({ events: missing(after), more: after + 500 < head(), begins: 0, head: head() });
    },
  };
  const sync = new Sync(store, api(fake), clock);
  const numbers = () => store.get().windows.c?.messages.map((m) => m.number) ?? [];
  const hello = (head: number) => sync.event({ kind: "hello", epoch: server.epoch, heads: { c: head } });
  return { clock, store, server, sync, fake, numbers, hello };
}

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
