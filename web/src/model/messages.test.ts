import { describe, expect, it } from "vitest";
import { apply } from "./apply";
import { loaded } from "./syncTesting";
import { conversation, event, noFacts, stateWith } from "./testing";
import type { ChatEvent, LastMessage, Message, MessageChange, Poll } from "./types";

const quote = {
  id: "m2",
  number: 2,
  senderId: "ben",
  senderName: "Ben",
  content: "text 2",
  type: "TEXT",
  deleted: false,
};
const last: LastMessage = { id: "m2", content: "text 2", type: "TEXT", senderId: "ben", at: "t" };

function start(over: Partial<Message> = {}) {
  const window = loaded(1, 2);
  const second = { ...(window.messages[1] as Message), ...over };
  const answer = { ...event(3).message, quote, replyToId: "m2" };
  return stateWith({
    positions: { c: 9 },
    windows: { c: { ...window, messages: [window.messages[0] as Message, second, answer] } },
    conversations: { c: conversation("c", { last, lastNumber: 2 }) },
  });
}

const change = (seq: number, what: MessageChange): ChatEvent => ({ ...what, conversationId: "c", seq });
const edit = (seq: number, content: string): ChatEvent =>
  change(seq, { kind: "edited", messageId: "m2", content, facts: noFacts, editedAt: "e", deletedAt: null });
const deletion = (seq: number): ChatEvent =>
  change(seq, {
    kind: "edited",
    messageId: "m2",
    content: "",
    facts: noFacts,
    editedAt: null,
    deletedAt: "d",
  });
const react = (seq: number, userId: string, emoji: string): ChatEvent =>
  change(seq, { kind: "reacted", messageId: "m2", reaction: { userId, emoji } });

const told = (state: ReturnType<typeof start>, ...events: ChatEvent[]) => {
  const next = events.reduce((s, e) => apply(s, e, 0), state);
  const [first, second, third] = next.windows.c?.messages ?? [];
  return { next, first, second, third };
};

describe("an edit", () => {
  it("reaches the message, its quotes and the row in the list, and nothing else", () => {
    const state = start();
    const { next, first, second, third } = told(state, edit(10, "better"));
    expect(second).toMatchObject({ content: "better", editedAt: "e" });
    expect(third?.quote).toEqual({ ...quote, content: "better" });
    expect(next.conversations.c?.last?.content).toBe("better");
    expect(next.conversations.c?.unread).toBe(0);
    expect(first).toBe(state.windows.c?.messages[0]);
  });

  it("waits for what is missing before it", () => {
    const { second, next } = told(start(), edit(11, "later"));
    expect(second?.content).toBe("text 2");
    expect(told(next, edit(10, "sooner")).second?.content).toBe("later");
  });
});

describe("a deletion", () => {
  it("leaves an empty stub everywhere", () => {
    const { next, second, third } = told(start({ poll: {} as Poll }), react(10, "ben", "👍"), deletion(11));
    expect(second).toMatchObject({ content: "", deletedAt: "d", reactions: [], poll: null, facts: noFacts });
    expect(third?.quote).toMatchObject({ content: "", deleted: true });
    expect(next.conversations.c?.last?.content).toBe("");
  });

  it("is not undone by what was said before it and comes once more", () => {
    const gone = told(start({ deletedAt: "d", content: "" }), edit(10, "old"), react(11, "ben", "👍"));
    expect(gone.second).toMatchObject({ content: "", deletedAt: "d", reactions: [] });
  });

  it("ends the work on its text, and shows in the reply that is being written", () => {
    const editing = { kind: "edit", messageId: "m2", original: "text 2", text: "te" } as const;
    expect(told({ ...start(), composing: { c: editing } }, deletion(10)).next.composing).toEqual({});
    const replying = told({ ...start(), composing: { c: { kind: "reply", quote } } }, deletion(10));
    expect(replying.next.composing.c).toMatchObject({ quote: { content: "", deleted: true } });
  });
});

it("everybody has one reaction: another replaces it, and only the own one goes", () => {
  const { next, second } = told(
    start(),
    react(10, "ben", "👍"),
    react(11, "me", "👍"),
    react(12, "ben", "🎉"),
  );
  expect(second?.reactions).toEqual([
    { userId: "me", emoji: "👍" },
    { userId: "ben", emoji: "🎉" },
  ]);
  const back = change(13, { kind: "unreacted", messageId: "m2", userId: "ben", emoji: "🎉" });
  expect(told(next, back).second?.reactions).toEqual([{ userId: "me", emoji: "👍" }]);
  const forgotten = change(13, { kind: "unreacted", messageId: "m2", userId: "ben", emoji: "" });
  expect(told(next, forgotten).second?.reactions).toEqual([{ userId: "me", emoji: "👍" }]);
});

it("a poll and a preview are as the event says", () => {
  const poll: Poll = { id: "p", question: "Q", multiple: false, closed: true, expiresAt: null, options: [] };
  const facts = { ...noFacts, mentionsAll: true };
  const { second } = told(
    start({ poll: { ...poll, closed: false } }),
    change(10, { kind: "polled", messageId: "m2", poll }),
    change(11, { kind: "previewed", messageId: "m2", facts }),
  );
  expect(second).toMatchObject({ poll, facts });
});

it("what is deleted for me is gone, and the row shows the newest that is left", () => {
  const state = start();
  const window = loaded(1, 2);
  const two = { ...state, windows: { c: window } };
  const { next } = told(two, { kind: "hidden", conversationId: "c", messageId: "m2" });
  expect(next.windows.c?.messages.map((m) => m.id)).toEqual(["m1"]);
  expect(next.conversations.c?.last?.id).toBe("m1");
});

it("a cleared conversation is empty up to there", () => {
  const { next } = told(start(), { kind: "cleared", conversationId: "c", number: 2 });
  expect(next.windows.c).toMatchObject({ older: null, messages: [{ id: "m3" }] });
  const all = told(start(), { kind: "cleared", conversationId: "c", number: 3 }).next;
  expect(all.windows.c?.messages).toEqual([]);
  expect(all.conversations.c).toMatchObject({ last: null, unread: 0 });
});

it("positions of others never go back; reading implies having got it, writing implies having read", () => {
  const at = (kind: "read" | "delivered", number: number): ChatEvent => ({
    kind,
    conversationId: "c",
    userId: "ben",
    number,
  });
  const { next } = told(start(), at("delivered", 2), at("read", 1), at("delivered", 1));
  expect([next.reads.c, next.deliveries.c]).toEqual([{ ben: 1 }, { ben: 2 }]);
  expect(told(next, at("read", 3)).next.deliveries.c).toEqual({ ben: 3 });
  expect(told(next, event(10)).next.reads.c).toEqual({ ben: 10 });
});

it("what only concerns us is remembered", () => {
  const state = stateWith();
  const muted = apply(state, { kind: "muted", conversationId: "c", muted: true, until: null }, 0);
  expect(muted.conversations.c?.muted).toBe(true);
  const blocked = apply(state, { kind: "blocked", userId: "ben", blocked: true }, 0);
  expect(blocked.blocked).toEqual({ ben: true });
  expect(apply(blocked, { kind: "blocked", userId: "ben", blocked: false }, 0).blocked).toEqual({});
});
