import { describe, expect, it } from "vitest";
import { apply } from "./apply";
import { changed } from "./membership";
import type { State } from "./state";
import { conversation, event, me, message, own, stateWith } from "./testing";
import type { ChatEvent, MembershipEvent } from "./types";
import { emptyWindow } from "./window";

const group = () => conversation("c", { type: "group", name: "Launch team" });
const start = (over: Partial<State> = {}) =>
  stateWith({ conversations: { c: group() }, windows: { c: emptyWindow }, positions: { c: 0 }, ...over });
const all = (state: State, events: readonly ChatEvent[]) => events.reduce((s, e) => apply(s, e, 0), state);

const added = (seq: number, userId: string, name: string, memberCount: number): MembershipEvent => ({
  kind: "members_added",
  conversationId: "c",
  seq,
  added: [{ userId, name, role: "member" }],
  memberCount,
});
const removed = (seq: number, userId: string, memberCount: number): MembershipEvent => ({
  kind: "member_removed",
  conversationId: "c",
  seq,
  userId,
  memberCount,
});
const renamed = (seq: number, name: string): MembershipEvent => ({
  kind: "conversation_changed",
  conversationId: "c",
  seq,
  name,
  avatarUrl: "https://pictures.example/1",
  history: "all",
});
const names = (state: State) => state.conversations.c?.members.map((member) => member.person.name);

describe("others", () => {
  it("who are added are members by name, once", () => {
    const state = all(start(), [added(1, "cleo", "Cleo Park", 3)]);
    expect(names(state)).toEqual(["Me Myself", "Ben", "Cleo Park"]);
    expect(state.conversations.c?.memberCount).toBe(3);
    expect(names(changed(state, added(1, "cleo", "Cleo Park", 3)))).toEqual(names(state));
  });

  it("who are removed are gone, and no longer typing", () => {
    const typing = apply(start(), { kind: "typing", conversationId: "c", userId: "ben", typing: true }, 0);
    const state = all(typing, [removed(1, "ben", 1)]);
    expect(names(state)).toEqual(["Me Myself"]);
    expect(state.conversations.c?.memberCount).toBe(1);
    expect(state.typing.c).toEqual({});
  });
});

it("a new title is the conversation's name everywhere", () => {
  const state = all(start(), [renamed(1, "Landing team")]);
  expect(state.conversations.c).toMatchObject({
    name: "Landing team",
    avatarUrl: "https://pictures.example/1",
    members: group().members,
  });
});

describe("changes of membership have their place among the messages", () => {
  const events = [event(1), added(2, "cleo", "Cleo", 3), event(3), renamed(4, "B"), removed(5, "cleo", 2)];

  it("so any order of arrival gives the same, and twice is once", () => {
    const inOrder = all(start(), events);
    expect(inOrder.positions.c).toBe(5);
    for (const order of [
      [4, 3, 2, 1, 0],
      [1, 1, 0, 3, 2, 4, 0],
      [2, 0, 4, 1, 3],
    ]) {
      const shuffled = order.map((index) => events[index] as ChatEvent);
      expect(all(start(), shuffled)).toEqual(inOrder);
    }
  });

  it("and one from the future waits", () => {
    const state = all(start(), [renamed(2, "B")]);
    expect(state.conversations.c?.name).toBe("Launch team");
    expect(state.held.c).toHaveLength(1);
  });
});

describe("my own removal", () => {
  const full = start({
    drafts: { c: "half a", d: "other" },
    outbox: {
      c: [
        {
          clientId: "k",
          conversationId: "c",
          content: "x",
          quote: null,
          file: null,
          at: "",
          state: "pending",
          failure: null,
          confirmed: null,
        },
      ],
    },
    reads: { c: { ben: 1 } },
    heads: { c: 9 },
  });

  it("takes everything of the conversation along, also the draft; only its name is remembered", () => {
    const state = all(full, [event(1), removed(2, "me", 1)]);
    expect(state).toMatchObject({
      conversations: {},
      windows: {},
      positions: {},
      outbox: {},
      reads: {},
      heads: {},
      drafts: { d: "other" },
      left: { c: "Launch team" },
    });
  });

  it("is the last word: what comes late from before it changes nothing that shows", () => {
    const state = all(full, [removed(1, "me", 1), event(1)]);
    expect(state.conversations).toEqual({});
    expect(state.windows).toEqual({});
  });
});

describe("being added", () => {
  const last = { id: "m7", content: "old", type: "TEXT", senderId: "ben", at: message(7).at };
  const created = (seq: number): ChatEvent => ({
    kind: "conversation",
    conversation: conversation("c", { type: "group", name: "Launch team", last }),
    seq,
  });
  const nothing = stateWith({ conversations: {}, positions: {} });

  it("begins to count where the conversation stands", () => {
    const joined = [created(12), added(12, me.id, me.name, 3), { ...event(8), seq: 13 }];
    const state = all(nothing, joined);
    expect(state.positions.c).toBe(13);
    expect(state.held).toEqual({});
    expect(state.conversations.c).toMatchObject({ unread: 1, last: { id: "m8" } });
  });

  it("also when the first message overtook the news", () => {
    const state = all(nothing, [{ ...event(8), seq: 13 }, created(12)]);
    expect(state.positions.c).toBe(13);
    expect(state.conversations.c?.last?.id).toBe("m8");
  });

  it("again after a removal shows it again", () => {
    const state = all(start(), [removed(1, "me", 1), created(5), { ...event(8), seq: 6 }]);
    expect(state.conversations.c?.last?.id).toBe("m8");
    expect(state.positions.c).toBe(6);
  });

  it("while something older is loaded leaves a gap to be fetched", () => {
    const state = all(start({ positions: { c: 3 } }), [created(12), added(12, me.id, me.name, 3)]);
    expect(state.positions.c).toBe(3);
    expect(state.held.c).toHaveLength(1);
  });
});

it("a notice about me is unread as any other, and no message of mine", () => {
  const notice = { ...own(1, "", { clientId: null }), type: "SYSTEM" };
  const state = all(start(), [{ kind: "message", conversationId: "c", seq: 1, message: notice }]);
  expect(state.conversations.c?.unread).toBe(1);
});
