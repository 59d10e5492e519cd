import { describe, expect, it } from "vitest";
import { dayKey, daysAgo, type Row, rows } from "./rows";
import { conversation, message, own } from "./testing";
import type { Message } from "./types";

const build = (messages: Message[], readUpTo: number | null = null): Row[] =>
  rows({
    messages,
    outbox: [],
    complete: false,
    conversation: conversation(),
    reads: {},
    deliveries: {},
    changes: {},
    me: { id: "me", name: "Me" },
    readUpTo,
  });
const shape = (list: Row[]) =>
  list.map((row) =>
    row.kind === "message"
      ? `${row.bubble.id}${row.head ? " head" : ""}${row.tail ? " tail" : ""}`
      : row.kind,
  );

describe("groups", () => {
  it("are one author within five minutes", () => {
    const list = build([
      message(1, { at: "2026-05-04T12:00:00.000000Z" }),
      message(2, { at: "2026-05-04T12:04:59.000000Z" }),
      message(3, { at: "2026-05-04T12:09:58.000000Z" }),
      message(4, { at: "2026-05-04T12:15:00.000000Z" }),
      message(5, { at: "2026-05-04T12:15:01.000000Z", senderId: "cara" }),
    ]);
    expect(shape(list)).toEqual(["day", "m1 head", "m2", "m3 tail", "m4 head tail", "m5 head tail"]);
  });

  it("keep the key of a message from its first moment on", () => {
    const [, row] = build([own(1, "client-1")]);
    expect(row?.key).toBe("client-1");
    // Somebody else's client id means nothing here and might be anything.
    const [, other] = build([message(1, { clientId: "client-1" })]);
    expect(other?.key).toBe("m1");
  });
});

describe("days", () => {
  // The tests run in St. John's: UTC-2:30 in May, so the day turns at 02:30 UTC.
  it("turn at local midnight", () => {
    const list = build([
      message(1, { at: "2026-05-04T02:29:00.000000Z" }),
      message(2, { at: "2026-05-04T02:31:00.000000Z" }),
    ]);
    expect(shape(list)).toEqual(["day", "m1 head tail", "day", "m2 head tail"]);
    expect(dayKey("2026-05-04T02:29:00.000000Z")).toBe("2026-5-3");
  });

  it("are counted by the calendar, also over a change of clocks", () => {
    const now = new Date("2026-03-09T03:00:00Z");
    expect(daysAgo("2026-03-09T02:59:00Z", now)).toBe(0);
    expect(daysAgo("2026-03-08T03:31:00Z", now)).toBe(1);
    expect(daysAgo("2026-03-08T03:29:00Z", now)).toBe(2);
    expect(daysAgo("2026-02-28T16:00:00Z", now)).toBe(9);
  });
});

describe("the line above the unread", () => {
  it("stands before the first one, which begins a group", () => {
    expect(shape(build([message(1), message(2), message(3)], 1))).toEqual([
      "day",
      "m1 head tail",
      "new",
      "m2 head",
      "m3 tail",
    ]);
  });

  it("is not drawn where the first one is not loaded", () => {
    expect(shape(build([message(8), message(9)], 3))).not.toContain("new");
    expect(shape(build([message(4), message(5)], 3))).toContain("new");
  });

  it("is gone when one has answered, and absent when nothing was unread", () => {
    expect(shape(build([message(1), message(2), own(3, "x")], 1))).not.toContain("new");
    expect(shape(build([message(1), message(2)], null))).not.toContain("new");
    expect(shape(build([message(1), message(2)], 2))).not.toContain("new");
  });
});

describe("notices", () => {
  const notice = (number: number, over: Partial<Message> = {}) =>
    message(number, { type: "SYSTEM", content: "Cleo was added.", ...over });

  it("stand alone: they belong to no group, and part the messages around them", () => {
    expect(shape(build([message(1), notice(2), message(3), message(4)]))).toEqual([
      "day",
      "m1 head tail",
      "system",
      "m3 head",
      "m4 tail",
    ]);
  });

  it("carry the sentence of the server", () => {
    const [, row] = build([notice(1)]);
    expect(row).toEqual({ kind: "system", key: "m1", text: "Cleo was added.", at: notice(1).at });
  });

  it("about oneself are not one's own words: the line above the unread stays", () => {
    const list = build([message(1), message(2), notice(3, { senderId: "me" })], 1);
    expect(shape(list)).toEqual(["day", "m1 head tail", "new", "m2 head tail", "system"]);
    expect(shape(build([message(1), notice(2, { senderId: "me" })], 1))).toEqual([
      "day",
      "m1 head tail",
      "new",
      "system",
    ]);
  });
});
