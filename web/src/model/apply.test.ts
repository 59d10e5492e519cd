import { describe, expect, it } from "vitest";
import { apply, withoutStaleTyping } from "./apply";
import type { State } from "./state";
import { conversation, event, own, stateWith } from "./testing";
import type { ChatEvent } from "./types";
import { emptyWindow } from "./window";

const open = (over: Partial<State> = {}) => stateWith({ windows: { c: emptyWindow }, ...over });
const all = (state: State, events: readonly ChatEvent[]) => events.reduce((s, e) => apply(s, e, 0), state);
const numbers = (state: State) => state.windows.c?.messages.map((m) => m.number);

describe("numbered events", () => {
  it("are applied in order", () => {
    const state = all(open(), [event(1), event(2), event(3)]);
    expect(numbers(state)).toEqual([1, 2, 3]);
    expect(state.positions.c).toBe(3);
  });

  it("are applied once", () => {
    const once = all(open(), [event(1), event(2)]);
    expect(all(once, [event(1), event(2), event(2)])).toBe(once);
    expect(once.conversations.c?.unread).toBe(2);
  });

  it("from the future wait for what is missing, and nothing of them shows", () => {
    const early = all(open(), [event(1), event(4), event(3)]);
    expect(numbers(early)).toEqual([1]);
    expect(early.conversations.c?.last?.id).toBe("m1");
    expect(early.held.c?.map((e) => e.seq)).toEqual([3, 4]);
    const late = all(early, [event(2)]);
    expect(numbers(late)).toEqual([1, 2, 3, 4]);
    expect(late.held).toEqual({});
  });

  it("give the same state in any order of arrival", () => {
    const inOrder = all(
      open(),
      [1, 2, 3, 4, 5].map((seq) => event(seq)),
    );
    for (const order of [
      [5, 4, 3, 2, 1],
      [2, 1, 4, 3, 5],
      [3, 3, 1, 5, 2, 2, 4, 1],
    ]) {
      expect(
        all(
          open(),
          order.map((seq) => event(seq)),
        ),
      ).toEqual(inOrder);
    }
  });

  it("about what is before one's history count, and change nothing else", () => {
    const before = all(open(), [event(1)]);
    const after = all(before, [{ kind: "unseen", conversationId: "c", seq: 2 }]);
    expect(after).toEqual({ ...before, positions: { ...before.positions, c: 2 } });
    expect(numbers(all(after, [event(3)]))).toEqual([1, 3]);
  });

  it("before the first hello are held: the position is not known yet", () => {
    const state = all(open({ positions: {} }), [event(7)]);
    expect(numbers(state)).toEqual([]);
    expect(state.held.c).toHaveLength(1);
  });
});

describe("the list", () => {
  it("counts what others write, and resets on what one writes oneself", () => {
    const state = all(stateWith(), [event(1), event(2)]);
    expect(state.conversations.c?.unread).toBe(2);
    const answered = all(state, [{ kind: "message", conversationId: "c", seq: 3, message: own(3, "x") }]);
    expect(answered.conversations.c?.unread).toBe(0);
    expect(answered.conversations.c?.last?.senderId).toBe("me");
  });

  it("does not count a message that a fetched list knows already", () => {
    const last = { id: "m2", content: "text 2", type: "TEXT", senderId: "ben", at: event(2).message.at };
    const fetched = stateWith({ conversations: { c: conversation("c", { last, unread: 2 }) } });
    expect(all(fetched, [event(1), event(2)]).conversations.c?.unread).toBe(2);
    expect(all(fetched, [event(1), event(2), event(3)]).conversations.c?.unread).toBe(3);
  });

  it("read in another tab clears the badge, but not for what came after", () => {
    const read = (number: number): ChatEvent => ({ kind: "read", conversationId: "c", userId: "me", number });
    const state = all(stateWith(), [event(1), event(2), event(3)]);
    expect(all(state, [read(3)]).conversations.c?.unread).toBe(0);
    expect(all(state, [read(2)]).conversations.c?.unread).toBe(1);
    // Positions never go back.
    expect(all(state, [read(3), read(1)]).conversations.c?.unread).toBe(0);
  });

  it("gets a new conversation live, with its first message, in either order", () => {
    const created: ChatEvent = { kind: "conversation", conversation: conversation("n"), seq: 0 };
    const first = event(1, { id: "n1", conversationId: "n" });
    const state = all(stateWith(), [created, first]);
    expect(state.conversations.n?.unread).toBe(1);
    const again = all(state, [created]);
    expect(again.conversations.n?.last?.id).toBe("n1");
  });
});

it("a restored server invalidates everything that was numbered", () => {
  const before = all(open({ epoch: "a" }), [event(1)]);
  const after = apply(before, { kind: "hello", epoch: "b", heads: { c: 9 } }, 0);
  expect(after.windows).toEqual({});
  expect(after.positions).toEqual({});
  expect(after.drafts).toBe(before.drafts);
});

describe("typing", () => {
  const typing = (on: boolean): ChatEvent => ({
    kind: "typing",
    conversationId: "c",
    userId: "ben",
    typing: on,
  });

  it("ends with the message, with a stop, and by itself after six seconds", () => {
    const state = apply(open(), typing(true), 1_000);
    expect(state.typing.c).toEqual({ ben: 7_000 });
    expect(apply(state, typing(false), 2_000).typing.c).toEqual({});
    expect(apply(state, event(1), 2_000).typing.c).toEqual({});
    expect(withoutStaleTyping(state, 6_999)).toBe(state);
    expect(withoutStaleTyping(state, 7_000).typing.c).toEqual({});
  });

  it("of oneself in another tab is not shown", () => {
    const state = open();
    expect(apply(state, { kind: "typing", conversationId: "c", userId: "me", typing: true }, 0)).toBe(state);
  });
});

it("presence comes and goes", () => {
  const here = apply(stateWith(), { kind: "presence", userId: "ben", online: true }, 0);
  expect(here.online).toEqual({ ben: true });
  expect(apply(here, { kind: "presence", userId: "ben", online: false }, 0).online).toEqual({});
});
