import { describe, expect, it } from "vitest";
import { shown } from "./around";
import { Jumping } from "./jumping";
import type { Api, Result } from "./ports";
import { range, setup as server } from "./syncTesting";
import { api, at, event, message, no, ok } from "./testing";
import type { Page } from "./types";

const edited = (seq: number, messageId: string, content: string) => ({
  kind: "edited" as const,
  conversationId: "c",
  seq,
  messageId,
  content,
  facts: message(1).facts,
  editedAt: at(seq),
  deletedAt: null,
});

/** A conversation of `count` messages; `hidden` are those that are not shown to me. */
function setup(count: number, hidden: readonly number[] = []) {
  const base = server(count);
  const visible = (to: number) =>
    range(1, Math.min(to, base.server.count)).filter((n) => !hidden.includes(n));
  base.fake.messages = async (_, cursor) => {
    base.server.calls.push(cursor ?? "newest");
    const found = visible(cursor ? Number(cursor.slice(4)) - 1 : base.server.count);
    const page = found.slice(-50).map((n) => message(n));
    const older = found.length > 50 ? `seq:${page[0]?.number}` : null;
    return ok({ messages: page, older, seq: null });
  };
  base.fake.message = async (id) => (id.startsWith("m") ? ok(message(Number(id.slice(1)))) : no(404));
  const jumping = new Jumping(base.store, api(base.fake), base.sync);
  const numbers = () => shown(base.store.get(), "c")?.messages.map((m) => m.number) ?? [];
  const place = () => base.store.get().places.c;
  const live = () => base.store.get().arounds.c === undefined;
  return { ...base, jumping, numbers, place, live };
}

describe("jumping", () => {
  it("to a message that is loaded asks nothing", async () => {
    const { jumping, server, place, live } = setup(60);
    await jumping.to("c", 40);
    expect(server.calls).toEqual(["newest"]);
    expect(place()).toMatchObject({ number: 40, view: 0, problem: null });
    expect(live()).toBe(true);
    await jumping.to("c", 40);
    expect(place()?.turn).toBe(2);
  });

  it("to one that is not loads the page around it, and goes on in both directions until all is one", async () => {
    const { jumping, numbers, place, live, store } = setup(260);
    expect(await jumping.to("c", 100)).toBe("ok");
    expect(numbers()).toEqual(range(76, 125));
    expect(place()).toMatchObject({ number: 100, view: 1, problem: null });
    await jumping.older("c");
    expect(numbers()).toEqual(range(26, 125));
    await jumping.newer("c");
    expect(numbers()).toEqual(range(26, 175));
    expect(live()).toBe(false);
    await jumping.newer("c");
    expect(live()).toBe(true);
    expect(numbers()).toEqual(range(26, 260));
    expect(store.get().windows.c?.older).toBe("seq:26");
    expect(place()?.view).toBe(1);
  });

  it("near the newest messages needs no second window", async () => {
    const { jumping, numbers, live } = setup(120);
    await jumping.to("c", 60);
    expect(live()).toBe(true);
    expect(numbers()).toEqual(range(36, 120));
  });

  it("to the very first ones shows where the conversation begins", async () => {
    const { jumping, numbers, store } = setup(200);
    await jumping.to("c", 3);
    expect(numbers()).toEqual(range(1, 28));
    expect(store.get().arounds.c?.older).toBeNull();
    await jumping.older("c");
    expect(numbers()).toEqual(range(1, 28));
  });

  it("by id finds the number", async () => {
    const { jumping, place } = setup(200);
    await jumping.to("c", "m100");
    expect(place()).toMatchObject({ number: 100, problem: null });
  });

  it("to what is not there says so, and stays or shows the neighbours", async () => {
    const { jumping, place, numbers, live } = setup(300, [100]);
    await jumping.to("c", "unknown");
    expect(place()).toMatchObject({ number: null, problem: "missing" });
    expect(live()).toBe(true);
    await jumping.to("c", 100);
    expect(place()).toMatchObject({ number: 100, problem: "missing" });
    expect(numbers()).toContain(101);
  });

  it("walks over more than a page of hidden messages without a hole", async () => {
    const { jumping, numbers, live } = setup(400, range(130, 250));
    await jumping.to("c", 100);
    for (let n = 0; n < 6 && !live(); n++) await jumping.newer("c");
    expect(live()).toBe(true);
    expect(numbers()).toEqual([...range(76, 129), ...range(251, 400)]);
  });

  it("new messages go on arriving behind it; the way back shows them", async () => {
    const { jumping, numbers, place, sync, store, hello } = setup(300);
    hello(300);
    store.update((state) => ({ ...state, positions: { c: 300 } }));
    await jumping.to("c", 100);
    sync.event(event(301));
    expect(numbers()).toEqual(range(76, 125));
    expect(store.get().windows.c?.messages.at(-1)?.number).toBe(301);
    jumping.latest("c");
    expect(numbers().at(-1)).toBe(301);
    expect(place()).toMatchObject({ number: null, view: 2 });
  });

  it("what happens to the messages there shows, also while they are on their way and after a pause", async () => {
    const { jumping, fake, numbers, sync, store, hello, clock, server: there } = setup(300);
    store.update((state) => ({ ...state, positions: { c: 300 } }));
    await jumping.to("c", 100);
    sync.event(edited(301, "m100", "another text"));
    const text = (number: number) =>
      shown(store.get(), "c")?.messages.find((m) => m.number === number)?.content;
    expect(text(100)).toBe("another text");

    const works = fake.messages as Api["messages"];
    let answer: () => void = () => {};
    fake.messages = async (id, cursor) => {
      const page = await works(id, cursor);
      await new Promise<void>((resolve) => (answer = resolve));
      return page;
    };
    const slow = jumping.older("c");
    await clock.pass(0);
    sync.event(edited(302, "m60", "changed on the way"));
    answer();
    await slow;
    expect(text(60)).toBe("changed on the way");

    // Missed over a line that broke: told as it is now, and nothing is fetched again.
    there.changes[303] = edited(303, "m30", "as it is now");
    there.changes[304] = edited(304, "m125", "as it is now");
    there.calls.length = 0;
    sync.connected();
    hello(304);
    await clock.pass(1_000);
    expect(numbers()).toEqual(range(26, 125));
    expect([text(30), text(100), text(125)]).toEqual(["as it is now", "another text", "as it is now"]);
    expect(there.calls).toEqual(["sync", "list"]);
  });

  it("of two jumps the later one wins, and a page for the former place is not glued to it", async () => {
    const { jumping, fake, numbers } = setup(900);
    await jumping.to("c", 100);
    const works = fake.messages as Api["messages"];
    let answer: (page: Result<Page>) => void = () => {};
    fake.messages = () => new Promise((resolve) => (answer = resolve));
    const slow = jumping.newer("c");
    fake.messages = works;
    await jumping.to("c", 500);
    answer(ok({ messages: range(126, 175).map((n) => message(n)), older: null, seq: null }));
    await slow;
    expect(numbers()).toEqual(range(476, 525));
  });

  it("is not disturbed when the conversation before it leaves the screen", async () => {
    const { jumping, place } = setup(300);
    const jump = jumping.to("c", 100);
    jumping.leave("other");
    await jump;
    expect(place()).toMatchObject({ number: 100, problem: null });
  });

  it("that fails leaves what was there, and can be repeated", async () => {
    const { jumping, fake, numbers, place } = setup(300);
    await jumping.to("c", 300);
    const works = fake.messages as Api["messages"];
    fake.messages = async () => no(500);
    expect(await jumping.to("c", 100)).toBe("failed");
    expect(numbers()).toEqual(range(251, 300));
    expect(place()).toMatchObject({ number: null, problem: "failed" });
    fake.messages = works;
    expect(await jumping.to("c", 100)).toBe("ok");
    jumping.leave("c");
    expect(numbers()).toEqual(range(251, 300));
  });

  it("into a foreign conversation says so", async () => {
    expect(await setup(1).jumping.to("other", 1)).toBe("unknown");
  });
});
