import { describe, expect, it } from "vitest";
import { attachmentFor } from "../model/attachment";
import type { Api, Result } from "../model/ports";
import { fakeClock, no, ok, own } from "../model/testing";
import type { Message } from "../model/types";
import { browser } from "./unsentTesting";

type Request = Parameters<Api["send"]>[0];
const waiting = { name: "waiting", attempt: 1, lostAt: 0, why: null, retryAt: 0 } as const;
const away = { connection: waiting };
const online = { connection: { name: "online", id: "s" } } as const;

/** A server that stores a message once for each `clientId`, and can be away. */
function server() {
  const clock = fakeClock();
  const asked: Request[] = [];
  const stored: Message[] = [];
  let answering: "yes" | "no" | "never" = "yes";
  const send = async (request: Request): Promise<Result<Message>> => {
    if (answering === "no") return no(0);
    asked.push(request);
    const known = stored.find(({ clientId }) => clientId === request.clientId);
    const message = known ?? own(stored.length + 1, request.clientId, { content: request.content });
    if (!known) stored.push(message);
    return answering === "never" ? new Promise(() => {}) : ok(message);
  };
  const says = (next: typeof answering) => {
    answering = next;
  };
  return { clock, asked, stored, send, says };
}

describe("what is not sent", () => {
  it("survives a reload, in its order, and goes by itself", async () => {
    const { clock, stored, send, says } = server();
    says("no");
    const { open } = browser(clock, send);
    const before = open("me", away);
    for (const text of ["one", "two", "three"]) before.sender.send("c", text);
    await clock.pass(300);
    before.close();
    const after = open("me", away);
    await clock.pass(300);
    expect(after.texts()).toEqual(["one pending", "two pending", "three pending"]);
    says("yes");
    after.store.update((state) => ({ ...state, ...online }));
    after.sender.resume();
    await clock.pass(1_000);
    expect(stored.map(({ content }) => content)).toEqual(["one", "two", "three"]);
  });

  it("waits for its writer: another person sees nothing of it, and sends nothing", async () => {
    const { clock, stored, send, says } = server();
    says("no");
    const { open } = browser(clock, send);
    const mine = open("me", away);
    mine.sender.send("c", "mine");
    await clock.pass(300);
    mine.close();
    says("yes");
    const theirs = open("ben", online);
    await clock.pass(1_000);
    expect(theirs.texts()).toEqual([]);
    expect(stored).toEqual([]);
    theirs.close();
    open("me", online);
    await clock.pass(1_000);
    expect(stored.map(({ content }) => content)).toEqual(["mine"]);
  });

  it("is gone after signing out on purpose", async () => {
    const { clock, send, says } = server();
    says("no");
    const { open, vault } = browser(clock, send);
    const tab = open("me", away);
    tab.sender.send("c", "secret");
    await clock.pass(300);
    tab.keeper.erase();
    await clock.pass(0);
    expect(vault.entries.size).toBe(0);
  });

  it("what was thrown away stays away", async () => {
    const { clock, send, says } = server();
    says("no");
    const { open } = browser(clock, send);
    const tab = open("me", away);
    tab.sender.send("c", "oops");
    await clock.pass(300);
    tab.sender.discard("c", tab.store.get().outbox.c?.[0]?.clientId ?? "");
    await clock.pass(0);
    tab.close();
    const after = open("me", online);
    await clock.pass(300);
    expect(after.texts()).toEqual([]);
  });

  it("a file that went with its page says so instead of waiting for ever", async () => {
    const { clock, send } = server();
    const { open } = browser(clock, send);
    const before = open("me", away);
    const bytes = { size: 5, type: "image/png" };
    before.sender.sendFile("c", attachmentFor({ ...bytes, name: "a.png" }), bytes);
    await clock.pass(0);
    const beside = open("me", away);
    await clock.pass(0);
    expect(beside.texts()).toEqual([]);
    before.close();
    const after = open("me", away);
    await clock.pass(0);
    expect(after.store.get().outbox.c).toMatchObject([
      { content: "a.png", state: "failed", failure: { code: "file_gone" } },
    ]);
  });
});

describe.each([true, false])("two tabs (with locks: %s)", (locked) => {
  it("show the same, and what one of them writes is stored once", async () => {
    const { clock, asked, stored, send, says } = server();
    says("no");
    const { open } = browser(clock, send, { locked });
    const [a, b] = [open("me", away), open("me", away)];
    await clock.pass(0);
    a.sender.send("c", "from a");
    await clock.pass(1);
    b.sender.send("c", "from b");
    await clock.pass(1);
    expect(a.texts()).toEqual(["from a pending", "from b pending"]);
    expect(b.texts()).toEqual(["from a pending", "from b pending"]);
    says("yes");
    for (const tab of [a, b]) {
      tab.store.update((state) => ({ ...state, ...online }));
      tab.sender.resume();
    }
    await clock.pass(6_000);
    expect(stored.map(({ content }) => content)).toEqual(["from a", "from b"]);
    if (locked) expect(asked).toHaveLength(2);
    expect([...a.texts(), ...b.texts()].filter((text) => !text.endsWith("sent"))).toEqual([]);
  });

  it("have one order, that of writing, also where one hears late of the other", async () => {
    const { clock, stored, send, says } = server();
    says("no");
    const { open } = browser(clock, send, { locked, slow: 20 });
    const [a, b] = [open("me", away), open("me", away)];
    await clock.pass(100);
    a.sender.send("c", "from a");
    await clock.pass(1);
    b.sender.send("c", "from b");
    expect(b.texts()).toEqual(["from b pending"]);
    await clock.pass(100);
    for (const tab of [a, b]) expect(tab.texts()).toEqual(["from a pending", "from b pending"]);
    says("yes");
    for (const tab of [b, a]) {
      tab.store.update((state) => ({ ...state, ...online }));
      tab.sender.resume();
    }
    await clock.pass(6_000);
    expect(stored.map(({ content }) => content)).toEqual(["from a", "from b"]);
  });

  it("a failure, a retry and a deletion in one are seen in the other", async () => {
    const { clock, send, says } = server();
    says("no");
    const { open } = browser(clock, send, { locked });
    const [a, b] = [open("me", online), open("me", online)];
    await clock.pass(0);
    a.sender.send("c", "text");
    await clock.pass(700);
    expect([a.texts(), b.texts()]).toEqual([["text failed"], ["text failed"]]);
    const id = b.store.get().outbox.c?.[0]?.clientId ?? "";
    b.sender.discard("c", id);
    await clock.pass(1);
    expect([a.texts(), b.texts()]).toEqual([[], []]);
  });
});

it("when the tab that sends is closed, another one takes over", async () => {
  const { clock, asked, stored, send, says } = server();
  says("never");
  const { open } = browser(clock, send);
  const [a, b] = [open("me", online), open("me", online)];
  await clock.pass(0);
  a.sender.send("c", "held up");
  await clock.pass(1);
  expect([asked.length, b.texts()]).toEqual([1, ["held up pending"]]);
  says("yes");
  a.close();
  await clock.pass(1);
  expect(asked).toHaveLength(2);
  expect(new Set(asked.map(({ clientId }) => clientId)).size).toBe(1);
  expect(stored).toHaveLength(1);
  expect(b.texts()).toEqual(["held up sent"]);
});
