import { describe, expect, it } from "vitest";
import { Chat } from "../model/chat";
import type { Api, SocketHandlers } from "../model/ports";
import { loaded, range, setup as server } from "../model/syncTesting";
import { api, event, fakeClock, me, no, ok, person } from "../model/testing";
import type { Person } from "../model/types";
import { createCopies } from "./copies";
import { MemoryVault } from "./unsentTesting";

/** A browser whose pages share a database, and a server with one conversation. */
function browser(count: number) {
  const vault = new MemoryVault();
  const there = server(count);
  const clock = fakeClock();

  function page(who: Person = me, { away = false, early = false } = {}) {
    let handlers: SocketHandlers | undefined;
    const none = {
      conversations: async () => no(0),
      conversation: async () => no(0),
      messages: async () => no(0),
      online: async () => no(0),
    };
    const fake: Partial<Api> = { ...there.fake, ...(away ? none : {}) };
    const own = {
      preferences: async () => no(0),
      blocks: async () => no(0),
      markDelivered: async () => ok(true as const),
    };
    const calls: Partial<Api> = Object.assign(fake, own);
    const chat = new Chat({
      api: api(calls),
      upload: () => ({ answer: new Promise(() => {}), cancel: () => {} }),
      clock,
      drafts: { read: () => null, write: () => {} },
      unsent: null,
      copies: createCopies(Promise.resolve(vault), clock.now),
      newId: () => "id",
      connect: (_, given) => {
        handlers = given;
        return { typing: () => {}, alive: async () => true, auth: async () => true, close: () => {} };
      },
      diagnose: async () => ({ kind: "interrupted" }),
      token: () => "t",
      stale: () => false,
      renew: async () => null,
    });
    chat.begin(who, early);
    if (away && !early) handlers?.refused(null);
    const connect = () => {
      handlers?.connected("s");
      handlers?.event({ kind: "hello", epoch: there.server.epoch, heads: { c: there.server.count } });
    };
    const numbers = () => chat.store.get().windows.c?.messages.map((m) => m.number) ?? [];
    const back = () => void Object.assign(calls, there.fake);
    const drop = () => handlers?.dropped();
    return { chat, connect, back, drop, numbers, tell: (seq: number) => handlers?.event(event(seq)) };
  }

  /** A page that has looked at the conversation, and is closed. */
  async function visit(who?: Person) {
    const first = page(who);
    await clock.pass(0);
    first.connect();
    await first.chat.open("c");
    await clock.pass(2_000);
    return first;
  }
  /** What is to be written is on the disk. */
  async function written() {
    for (let n = 0; n < 4; n++) await clock.pass(500);
  }
  return { page, visit, written, clock, vault, server: there.server, calls: there.server.calls };
}

describe("the history on this device", () => {
  it("is there without a network", async () => {
    const { page, visit, clock } = browser(5);
    await visit();
    const offline = page(me, { away: true });
    await clock.pass(0);
    expect(offline.numbers()).toEqual(range(1, 5));
    expect(offline.chat.store.get().list).toBe("ready");
    expect(await offline.chat.open("c")).toBe("ok");
  });

  it("is there at once where the page started without the server, before an attempt has failed", async () => {
    const { page, visit, clock } = browser(5);
    await visit();
    const offline = page(me, { away: true, early: true });
    await clock.pass(0);
    expect(offline.chat.store.get().connection.name).toBe("connecting");
    expect(offline.numbers()).toEqual(range(1, 5));
  });

  it("is not used while there is a line: where one begins to read only the server knows", async () => {
    const { page, visit, clock, calls } = browser(5);
    await visit();
    const again = page();
    await clock.pass(0);
    again.connect();
    calls.length = 0;
    await again.chat.open("c");
    expect(calls.filter((call) => call.startsWith("messages"))).toEqual(["messages newest"]);
  });

  it("goes on from where it is: what happened since is asked for, and no page", async () => {
    const { page, visit, clock, calls, server: there } = browser(5);
    await visit();
    there.count = 8;
    const again = page(me, { away: true });
    await clock.pass(0);
    expect(again.numbers()).toEqual(range(1, 5));
    again.back();
    calls.length = 0;
    await clock.pass(1_000);
    again.connect();
    await clock.pass(10);
    await again.chat.open("c");
    expect(again.numbers()).toEqual(range(1, 8));
    expect(calls.filter((call) => call.startsWith("messages"))).toEqual([]);
    expect(there.asked.at(-1)).toMatchObject({ positions: { c: 5 }, since: "at 5" });
  });

  it("of what is only in the list can be read when the line is lost, and comes up to date afterwards", async () => {
    const { page, visit, clock, server: there } = browser(5);
    await visit();
    there.count = 7;
    there.unread = 2;
    const again = page();
    await clock.pass(0);
    again.connect();
    await clock.pass(0);
    expect(again.chat.store.get().positions.c).toBe(7);
    again.drop();
    await clock.pass(0);
    expect(again.numbers()).toEqual(range(1, 5));
    await clock.pass(1_000);
    again.connect();
    await clock.pass(1_000);
    expect(again.numbers()).toEqual(range(1, 7));
    expect(again.chat.store.get().conversations.c?.unread).toBe(2);
  });

  it("has what the line told, with its number, in one piece", async () => {
    const { page, visit, written, clock } = browser(5);
    const first = await visit();
    first.tell(6);
    await written();
    const again = page(me, { away: true });
    await clock.pass(0);
    expect(again.numbers()).toEqual(range(1, 6));
    expect(again.chat.store.get().positions.c).toBe(6);
  });

  it("is the newest part of a long one, and older messages are loaded behind it", async () => {
    const { page, visit, written, clock } = browser(150);
    const first = await visit();
    await first.chat.older("c");
    await written();
    const again = page(me, { away: true });
    again.back();
    await clock.pass(0);
    expect(again.numbers()).toEqual(range(91, 150));
    await again.chat.older("c");
    expect(again.numbers()).toEqual(range(41, 150));
  });

  it("of another epoch is dropped", async () => {
    const { page, visit, clock, server: there } = browser(5);
    await visit();
    there.epoch = "new";
    there.count = 2;
    const again = page(me, { away: true });
    await clock.pass(0);
    again.back();
    await clock.pass(1_000);
    again.connect();
    await clock.pass(0);
    await again.chat.open("c");
    expect(again.numbers()).toEqual([1, 2]);
  });

  it("is never another person's, and is erased when one comes", async () => {
    const { page, visit, clock } = browser(5);
    await visit();
    const theirs = page(person("ben"), { away: true });
    await clock.pass(0);
    expect(theirs.numbers()).toEqual([]);
    const mine = page(me, { away: true });
    await clock.pass(0);
    expect(mine.numbers()).toEqual([]);
  });

  it("is erased when one signs out, and waits when the session only ended", async () => {
    const { page, visit, clock, vault } = browser(5);
    const first = await visit();
    first.chat.suspend("token_expired");
    await clock.pass(2_000);
    expect(vault.entries.size).toBe(2);
    const again = page();
    await clock.pass(0);
    again.chat.end();
    await clock.pass(2_000);
    expect(vault.entries.size).toBe(0);
  });

  it("keeps no more than thirty conversations", async () => {
    const { clock, vault } = browser(5);
    const keep = createCopies(Promise.resolve(vault), clock.now);
    const { messages, older } = loaded(1, 2);
    for (let n = 0; n < 35; n++) {
      const row = { ...server(1).store.get().conversations.c, id: `c${n}` } as never;
      const copy = { row, position: n, messages, older, reads: {}, deliveries: {} };
      keep.write("me", { epoch: "e", since: null, copies: [copy] }, []);
      await clock.pass(1);
    }
    const kept = await keep.read("me");
    expect(kept?.copies.map(({ position }) => position).sort((a, b) => a - b)).toEqual(range(5, 34));
  });
});
