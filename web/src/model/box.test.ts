import { describe, expect, it } from "vitest";
import { apply, mentions } from "./apply";
import { Chat } from "./chat";
import type { Api } from "./ports";
import { loaded } from "./syncTesting";
import { api, event, fakeClock, message, noFacts, ok, own, stateWith } from "./testing";
import type { Message } from "./types";

function setup(over: Partial<Message> = {}) {
  const sent: Parameters<Api["send"]>[0][] = [];
  const edits: string[] = [];
  let ids = 0;
  const nothing = { read: () => null, write: () => {} };
  const chat = new Chat({
    upload: () => ({ answer: new Promise(() => {}), cancel: () => {} }),
    api: api({
      send: (request) => {
        sent.push(request);
        return new Promise(() => {});
      },
      edit: async (_, content) => {
        edits.push(content);
        return ok({ ...own(3, "k"), content });
      },
    }),
    clock: fakeClock(),
    drafts: nothing,
    unsent: null,
    copies: null,
    newId: () => `id${++ids}`,
    connect: () => ({ typing: () => {}, alive: async () => true, auth: async () => true, close: () => {} }),
    diagnose: async () => ({ kind: "interrupted" }),
    token: () => "t",
    stale: () => false,
    renew: async () => null,
  });
  const window = loaded(1, 2);
  const mine = own(3, "k", over);
  chat.store.update(() => stateWith({ windows: { c: { ...window, messages: [...window.messages, mine] } } }));
  const composing = () => chat.store.get().composing.c;
  return { chat, sent, edits, composing, mine };
}

describe("an answer", () => {
  it("carries what it answers, once", () => {
    const { chat, sent, composing } = setup();
    chat.box.reply(message(2));
    expect(composing()).toMatchObject({ kind: "reply", quote: { id: "m2", number: 2, content: "text 2" } });
    chat.send("c", "yes");
    chat.send("c", "and more");
    expect(sent[0]).toMatchObject({ content: "yes", replyToId: "m2" });
    expect(chat.store.get().outbox.c?.map((o) => o.quote?.id ?? null)).toEqual(["m2", null]);
  });

  it("that failed comes back with what it answers", () => {
    const { chat, composing } = setup();
    chat.box.reply(message(2));
    chat.send("c", "yes");
    chat.takeBack("c", "id1");
    expect(composing()).toMatchObject({ kind: "reply", quote: { id: "m2" } });
    expect(chat.store.get().drafts.c).toBe("yes");
  });
});

describe("the work on a text", () => {
  it("leaves the draft alone, and changes nothing when it ends as it began", () => {
    const { chat, edits, sent, composing } = setup();
    chat.draft("c", "half a");
    chat.box.editLast("c");
    expect(composing()).toMatchObject({ kind: "edit", messageId: "m3", text: "text 3" });
    chat.send("c", "text 3");
    expect([edits, sent, composing()]).toEqual([[], [], undefined]);
    chat.box.editLast("c");
    chat.box.typed("c", "better");
    chat.send("c", "better");
    expect(edits).toEqual(["better"]);
    expect(chat.store.get().drafts.c).toBe("half a");
  });

  it.each([{ type: "IMAGE" }, { deletedAt: "d" }, { senderId: "ben" }])("not of %j", (over) => {
    const { chat, composing } = setup(over);
    chat.box.editLast("c");
    expect(composing()).toBeUndefined();
  });

  it("ends where one thinks better of it", () => {
    const { chat, composing } = setup();
    chat.box.editLast("c");
    chat.box.cancel("c");
    expect(composing()).toBeUndefined();
  });
});

it("the list knows that somebody spoke to us until it is read", () => {
  const facts = { ...noFacts, mentions: ["me"] };
  expect(mentions(message(1, { facts }), "me")).toBe(true);
  expect(mentions(message(1, { facts: { ...noFacts, mentionsAll: true } }), "me")).toBe(true);
  const state = apply(apply(stateWith(), event(1, { facts }), 0), event(2), 0);
  expect(state.conversations.c?.mentioned).toBe(true);
  const read = apply(state, { kind: "read", conversationId: "c", userId: "me", number: 2 }, 0);
  expect(read.conversations.c?.mentioned).toBe(false);
});
