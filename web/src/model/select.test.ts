import { describe, expect, it } from "vitest";
import { conversationOrder, delivery, matching, neighbour, totalUnread, typers } from "./select";
import { at, conversation, message, own, person, stateWith } from "./testing";

const last = (second: number) => ({
  id: `l${second}`,
  content: "",
  type: "TEXT",
  senderId: "ben",
  at: at(second),
});
const ids = (list: { id: string }[]) => list.map((c) => c.id);

describe("the order of the list", () => {
  it("is last activity first, never-used ones last", () => {
    const all = {
      old: conversation("old", { last: last(1) }),
      unused: conversation("unused", { createdAt: at(50) }),
      unusedOlder: conversation("unusedOlder", { createdAt: at(40) }),
      fresh: conversation("fresh", { last: last(9) }),
    };
    expect(ids(conversationOrder(all))).toEqual(["fresh", "old", "unused", "unusedOlder"]);
  });

  it("is the same object until the conversations change", () => {
    const all = { a: conversation("a") };
    expect(conversationOrder(all)).toBe(conversationOrder(all));
  });

  it("leads from one to the next and stops at the ends", () => {
    const order = [conversation("a"), conversation("b"), conversation("c")];
    expect(neighbour(order, "a", 1)).toBe("b");
    expect(neighbour(order, "a", -1)).toBeNull();
    expect(neighbour(order, "c", 1)).toBeNull();
    expect(neighbour(order, null, 1)).toBe("a");
    expect(neighbour(order, null, -1)).toBe("c");
    expect(neighbour([], null, 1)).toBeNull();
  });
});

describe("search", () => {
  const team = conversation("team", {
    name: "Équipe produit",
    type: "group",
    members: [{ userId: "z", role: "member", person: person("z", "Émile Zátopek") }],
  });
  it("knows neither case nor accents, finds members, and wants every word", () => {
    expect(matching([team], "equipe")).toEqual([team]);
    expect(matching([team], "ZATOPEK prod")).toEqual([team]);
    expect(matching([team], "zatopek nothing")).toEqual([]);
    expect(matching([team], "  ")).toEqual([team]);
  });
});

it("muted conversations do not count in the title", () => {
  expect(
    totalUnread({ a: conversation("a", { unread: 2 }), b: conversation("b", { unread: 3, muted: true }) }),
  ).toBe(2);
});

describe("how far an own message got", () => {
  const group = conversation("g", {
    type: "group",
    members: ["me", "ben", "cara"].map((id) => ({ userId: id, role: "member" as const, person: person(id) })),
    memberCount: 3,
  });
  it("is as far as the last of its readers", () => {
    const sent = own(5, "x");
    expect(delivery(sent, group, {}, {})).toBe("sent");
    expect(delivery(sent, group, { ben: 5 }, { ben: 5 })).toBe("sent");
    expect(delivery(sent, group, { ben: 5, cara: 7 }, {})).toBe("read");
    expect(delivery({ ...sent, readBy: ["ben"] }, group, { cara: 5 }, {})).toBe("read");
    expect(delivery(sent, group, { ben: 5 }, { ben: 5, cara: 5 })).toBe("delivered");
    expect(delivery({ ...sent, deliveredTo: ["ben"] }, group, {}, { cara: 6 })).toBe("delivered");
    expect(delivery({ ...sent, delivery: "read" }, group, {}, {})).toBe("read");
  });
  it("is not guessed when only some members are known", () => {
    expect(delivery(own(5, "x"), { ...group, memberCount: 80 }, { ben: 9, cara: 9 }, {})).toBe("sent");
    expect(delivery(message(5), undefined, {}, {})).toBe("sent");
  });
});

it("who types is named in a stable order; strangers are left out", () => {
  const state = stateWith({ typing: { c: { ben: 1, stranger: 1 } } });
  expect(typers(state, "c")).toEqual(["Ben"]);
});
