import { expect, it } from "vitest";
import type { CaughtUpEvent } from "./contract.gen";
import { missed, missedHere } from "./normaliseMissed";

const told: CaughtUpEvent[] = [
  { name: "unseen_change", body: { conversation_id: "c", seq: 4 } },
  { name: "of_a_newer_server", body: { conversation_id: "c", seq: 5, what: {} } },
  { name: "of_a_newer_server_too", body: { conversation_id: "c" } },
  { name: "message_hidden", body: { conversation_id: "c", message_id: "m" } },
];
const events = [
  { kind: "unseen", conversationId: "c", seq: 4 },
  { kind: "unseen", conversationId: "c", seq: 5 },
  { kind: "hidden", conversationId: "c", messageId: "m" },
];

it("tells the socket's events, and of what is not known the number", () => {
  const raw = { epoch: "e", events: told, more: true, begins: 1, head: 9, unread: 0, history_after: 0 };
  expect(missedHere(raw)).toEqual({ events, more: true, begins: 1, head: 9 });
});

it("tells of all conversations", () => {
  const raw = {
    epoch: "e",
    at: "t",
    events: told,
    more: false,
    more_receipts: true,
    too_far: ["x"],
    joined: ["y"],
    left: ["z"],
    heads: { c: 5 },
    unread: { c: 1 },
    history_after: { c: 2 },
  };
  expect(missed(raw)).toEqual({
    epoch: "e",
    at: "t",
    events,
    more: false,
    moreReceipts: true,
    tooFar: ["x"],
    left: ["z"],
    heads: { c: 5 },
    cleared: { c: 2 },
  });
});
