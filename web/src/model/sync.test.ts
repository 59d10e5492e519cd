import { describe, expect, it } from "vitest";
import type { Api, Result } from "./ports";
import { loaded, page, range, setup } from "./syncTesting";
import { conversation, event, no, noFacts, ok } from "./testing";
import type { Page } from "./types";

describe("opening", () => {
  it("loads the newest page, older ones on demand", async () => {
    const { sync, numbers, store } = setup(120);
    expect(await sync.open("c")).toBe("ok");
    expect(numbers()).toEqual(range(71, 120));
    await sync.older("c");
    expect(numbers()).toEqual(range(21, 120));
    await sync.older("c");
    expect(numbers()).toEqual(range(1, 120));
    expect(store.get().windows.c?.older).toBeNull();
  });

  it("reaches back to the first unread message, within reason", async () => {
    const c = (unread: number) => ({ conversations: { c: conversation("c", { unread }) } });
    const some = setup(300, c(60));
    await some.sync.open("c");
    expect(some.numbers()).toEqual(range(201, 300));
    const many = setup(900, c(700));
    await many.sync.open("c");
    expect(many.numbers()).toEqual(range(151, 900));
    const tooMany = setup(3_000, c(2_500));
    await tooMany.sync.open("c");
    expect(tooMany.numbers()).toEqual(range(2_001, 3_000));
  });

  it("keeps what an event brought while the page was on its way", async () => {
    const { sync, numbers, fake } = setup(3, { positions: { c: 3 } });
    let answer: (page: Result<Page>) => void = () => {};
    fake.messages = () => new Promise((resolve) => (answer = resolve));
    const opening = sync.open("c");
    sync.event(event(4));
    answer(ok(page(1, 3)));
    await opening;
    expect(numbers()).toEqual([1, 2, 3, 4]);
  });

  it("before the line's first word needs no second look when nothing was missed", async () => {
    const { sync, fake, server, hello, clock, store } = setup(3);
    fake.messages = async () => {
      server.calls.push("messages newest");
      return ok({ ...page(1, 3), seq: 7 });
    };
    await sync.open("c");
    sync.connected();
    hello(7);
    await clock.pass(1_000);
    expect(server.calls.filter((call) => call.startsWith("messages"))).toHaveLength(1);
    sync.event({ ...event(4), seq: 8 });
    expect(store.get().windows.c?.messages).toHaveLength(4);
  });

  it("looks once more when the line tells of something the page did not have", async () => {
    const { sync, fake, server, hello, clock, numbers } = setup(3);
    let answer: (page: Result<Page>) => void = () => {};
    const works = fake.messages as Api["messages"];
    fake.messages = () => new Promise((resolve) => (answer = resolve));
    const opening = sync.open("c");
    sync.connected();
    hello(4);
    fake.messages = works;
    server.count = 4;
    answer(ok({ ...page(1, 3), seq: 3 }));
    await opening;
    expect(numbers()).toEqual([1, 2, 3]);
    await clock.pass(1_000);
    expect(numbers()).toEqual([1, 2, 3, 4]);
  });

  it("of a foreign or unknown conversation says so", async () => {
    const { sync } = setup(0);
    expect(await sync.open("other")).toBe("unknown");
  });

  it("of one that is not in the list fetches it", async () => {
    const { sync, store } = setup(2, { conversations: {} });
    expect(await sync.open("c")).toBe("ok");
    expect(store.get().conversations.c).toBeDefined();
  });

  it("fetches all members where the list told only the first, and keeps them", async () => {
    const { sync, fake, store } = setup(1, { conversations: { c: conversation("c", { memberCount: 3 }) } });
    const [first] = conversation().members;
    const all = ["a", "b", "d"].map((userId) => ({ ...(first as NonNullable<typeof first>), userId }));
    fake.conversation = async () => ok(conversation("c", { memberCount: 3, members: all }));
    fake.conversations = async () =>
      ok({ conversations: [conversation("c", { memberCount: 3 })], next: null });
    await sync.open("c");
    await sync.loadList();
    expect(store.get().conversations.c?.members).toEqual(all);
  });

  it("can be repeated after a failure", async () => {
    const { sync, fake, numbers, store } = setup(2);
    const works = fake.messages as Api["messages"];
    fake.messages = async () => no(500);
    expect(await sync.open("c")).toBe("failed");
    expect(store.get().windows.c?.failure?.status).toBe(500);
    fake.messages = works;
    expect(await sync.open("c")).toBe("ok");
    expect(numbers()).toEqual([1, 2]);
  });
});

describe("after a pause", () => {
  it("what was missed is there, in order", async () => {
    const { sync, numbers, hello, clock, server, store } = setup(9, {
      positions: { c: 5 },
      windows: { c: loaded(1, 5) },
    });
    server.unread = 4;
    sync.connected();
    hello(9);
    await clock.pass(0);
    expect(numbers()).toEqual(range(1, 9));
    expect(store.get().conversations.c?.unread).toBe(4);
    sync.event(event(10));
    expect(numbers()).toEqual(range(1, 10));
    expect(store.get().conversations.c?.unread).toBe(5);
  });

  it("events that come during the fetch are applied once, after it", async () => {
    const { sync, numbers, hello, clock, server, store } = setup(9, {
      positions: { c: 5 },
      windows: { c: loaded(1, 5) },
    });
    server.unread = 4;
    sync.connected();
    hello(9);
    server.count = 10;
    server.unread = 5;
    sync.event(event(10));
    await clock.pass(1_000);
    expect(numbers()).toEqual(range(1, 10));
    expect(store.get().positions.c).toBe(10);
    expect(store.get().conversations.c?.unread).toBe(5);
  });

  it("more than a page away is bridged, so that the reader keeps the place", async () => {
    const { sync, numbers, hello, clock } = setup(160, {
      positions: { c: 20 },
      windows: { c: loaded(1, 20) },
    });
    sync.connected();
    hello(160);
    await clock.pass(0);
    expect(numbers()).toEqual(range(1, 160));
  });

  it("is asked for in several answers where it is much", async () => {
    const { sync, numbers, hello, clock, server } = setup(980, {
      positions: { c: 20 },
      windows: { c: loaded(1, 20) },
    });
    sync.connected();
    hello(980);
    await clock.pass(0);
    expect(numbers()).toEqual(range(1, 980));
    expect(server.asked.map(({ positions }) => positions.c)).toEqual([20, 520]);
  });

  it("too far away drops what is loaded and begins again at the newest page, with the draft", async () => {
    const { sync, numbers, hello, clock, store } = setup(1_900, {
      positions: { c: 20 },
      windows: { c: loaded(1, 20) },
      drafts: { c: "half a" },
    });
    await sync.open("c");
    sync.connected();
    hello(1_900);
    await clock.pass(0);
    expect(numbers()).toEqual(range(1_851, 1_900));
    expect(store.get().drafts).toEqual({ c: "half a" });
    sync.event(event(1_901));
    expect(numbers().at(-1)).toBe(1_901);
  });

  it("a restored server (another epoch) drops everything and reloads what is open", async () => {
    const { sync, numbers, hello, clock, server, store } = setup(2, {
      epoch: "e",
      conversations: { c: conversation("c"), d: conversation("d") },
      positions: { c: 5, d: 3 },
      windows: { c: loaded(1, 5), d: loaded(1, 3) },
    });
    await sync.open("c");
    server.epoch = "new";
    sync.connected();
    hello(2);
    await clock.pass(0);
    expect(numbers()).toEqual([1, 2]);
    expect(Object.keys(store.get().windows)).toEqual(["c"]);
    expect(store.get().conversations.d).toBeUndefined();
    expect(server.asked[0]?.since).toBeNull();
  });

  it("a conversation that is no longer ours is gone", async () => {
    const { sync, hello, clock, store } = setup(1, {
      conversations: { c: conversation("c"), x: conversation("x", { name: "Club" }) },
      positions: { c: 1, x: 4 },
    });
    sync.connected();
    hello(1);
    await clock.pass(0);
    expect(store.get().conversations.x).toBeUndefined();
    expect(store.get().left).toEqual({ x: "Club" });
  });

  it("is asked for again when the answer does not come, and what is told meanwhile waits for it", async () => {
    const { sync, hello, clock, fake, numbers } = setup(9, {
      positions: { c: 5 },
      windows: { c: loaded(1, 5) },
    });
    const works = fake.sync as Api["sync"];
    fake.sync = async () => no(0);
    fake.events = async () => no(0);
    sync.connected();
    hello(9);
    sync.event(event(10));
    await clock.pass(1_000);
    expect(numbers()).toEqual(range(1, 5));
    fake.sync = works;
    await clock.pass(2_000);
    expect(numbers()).toEqual(range(1, 10));
  });
});

describe("a gap", () => {
  const start = { positions: { c: 5 }, windows: { c: loaded(1, 5) } };

  it("that closes by itself within 300 ms is not fetched", async () => {
    const { sync, clock, server, numbers } = setup(7, start);
    sync.event(event(7));
    await clock.pass(200);
    sync.event(event(6));
    await clock.pass(1_000);
    expect(server.calls).toEqual([]);
    expect(numbers()).toEqual(range(1, 7));
  });

  it("is fetched", async () => {
    const { sync, clock, numbers, store } = setup(8, start);
    sync.event(event(8));
    expect(numbers()).toEqual(range(1, 5));
    await clock.pass(400);
    expect(numbers()).toEqual(range(1, 8));
    expect(store.get().held).toEqual({});
    expect(store.get().positions.c).toBe(8);
  });

  it("at the end, which no event shows, is told by the next hello", async () => {
    const { clock, numbers, hello, sync } = setup(6, start);
    sync.connected();
    hello(5);
    await clock.pass(0);
    hello(6);
    await clock.pass(400);
    expect(numbers()).toEqual(range(1, 6));
  });

  it("is tried again when the fetch fails", async () => {
    const { sync, clock, fake, numbers } = setup(8, start);
    const works = fake.events as Api["events"];
    fake.events = async () => no(0);
    sync.event(event(8));
    await clock.pass(400);
    fake.events = works;
    await clock.pass(2_000);
    expect(numbers()).toEqual(range(1, 8));
  });

  it("behind which another membership begins, or too much, is not filled but loaded afresh", async () => {
    const { sync, clock, fake, numbers, store } = setup(8, start);
    await sync.open("c");
    fake.events = async () => ok({ events: [], more: false, begins: 7, head: 8 });
    sync.event(event(8));
    await clock.pass(400);
    expect(numbers()).toEqual(range(1, 8));
    expect(store.get().positions.c).toBe(8);
  });

  it("in a conversation one is no longer in removes it", async () => {
    const { sync, clock, store } = setup(0, { conversations: { x: conversation("x") }, positions: { x: 1 } });
    sync.event(event(5, { conversationId: "x" }));
    await clock.pass(400);
    expect(store.get().conversations.x).toBeUndefined();
    expect(store.get().held).toEqual({});
  });
});

describe("what is loaded, after a pause", () => {
  const start = { positions: { c: 120 }, windows: { c: loaded(1, 120) } };

  async function back(prepare: (server: ReturnType<typeof setup>["server"]) => void) {
    const all = setup(120, start);
    prepare(all.server);
    all.sync.connected();
    all.hello(121);
    await all.clock.pass(0);
    const messages = all.store.get().windows.c?.messages ?? [];
    return { ...all, messages, calls: all.server.calls };
  }

  it("has old edits in it, without a page being fetched again", async () => {
    const { messages, calls, store } = await back((server) => {
      server.changes[121] = {
        kind: "edited",
        conversationId: "c",
        seq: 121,
        messageId: "m3",
        content: "edited",
        facts: noFacts,
        editedAt: "t",
        deletedAt: null,
      };
    });
    expect(messages.map((m) => m.number)).toEqual(range(1, 120));
    expect(messages[2]?.content).toBe("edited");
    expect(store.get().positions.c).toBe(121);
    expect(calls).toEqual(["sync", "list"]);
  });

  it("loses what is not ours to see any more", async () => {
    const { messages } = await back((server) => {
      server.more = {
        events: [119, 5].map((n) => ({ kind: "hidden", conversationId: "c", messageId: `m${n}` })),
        cleared: { c: 2 },
      };
    });
    expect(messages.map((m) => m.number)).toEqual(range(3, 120).filter((n) => n !== 5 && n !== 119));
  });

  it("has the receipts that moved since the last time", async () => {
    const all = await back((server) => {
      server.more = { events: [{ kind: "read", conversationId: "c", userId: "ben", number: 60 }] };
    });
    expect(all.store.get().reads.c).toEqual({ ben: 60 });
    all.sync.connected();
    all.hello(120);
    await all.clock.pass(0);
    expect(all.server.asked.map(({ since }) => since)).toEqual([null, "at 120"]);
  });
});
