/** For the tests of sync only: a server with one conversation, which counts what it is asked. */
import type { Api } from "./ports";
import type { State } from "./state";
import { createStore } from "./store";
import { Sync } from "./sync";
import { api, at, conversation, fakeClock, message, no, ok, stateWith } from "./testing";
import type { Page } from "./types";

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
  const server = { count, unread: 0, calls: [] as string[] };
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
      return ok(page(Math.max(1, to - 49), to));
    },
    online: async () => ok(["ben"]),
  };
  const sync = new Sync(store, api(fake), clock);
  const numbers = () => store.get().windows.c?.messages.map((m) => m.number) ?? [];
  const hello = (head: number, epoch = "e") => sync.event({ kind: "hello", epoch, heads: { c: head } });
  return { clock, store, server, sync, fake, numbers, hello };
}

export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
