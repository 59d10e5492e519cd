import { expect, it } from "vitest";
import { contentOf, inView, noticeKey } from "./notice";
import { at, conversation, message, stateWith } from "./testing";
import type { Notice } from "./types";

const notice: Notice = {
  conversationId: "c",
  about: "message",
  messageId: "m3",
  actorId: "ben",
  sound: true,
  browser: true,
};
const last = { id: "m3", content: "hello", type: "TEXT", senderId: "ben", at: at(3) };

it("tells who, where and what", () => {
  const conversations = { c: conversation("c", { type: "group", name: "Launch", last }) };
  expect(contentOf(stateWith({ conversations }), notice)).toEqual({
    about: "message",
    actor: "Ben",
    group: "Launch",
    message: { content: "hello", type: "TEXT" },
  });
});

it("a message that is not known is told without its text", () => {
  expect(contentOf(stateWith(), notice)).toMatchObject({ actor: "Ben", group: null, message: null });
});

it("nothing of somebody blocked, of what was deleted meanwhile, or of a conversation that is gone", () => {
  expect(contentOf(stateWith({ blocked: { ben: true } }), notice)).toBeNull();
  expect(contentOf(stateWith({ conversations: {} }), notice)).toBeNull();
  const gone = { messages: [message(3, { deletedAt: at(4) })], older: null, loading: null, failure: null };
  expect(contentOf(stateWith({ windows: { c: gone } }), notice)).toBeNull();
});

it("what is before somebody's eyes needs no telling", () => {
  expect(inView(notice, "c", true)).toBe(true);
  expect(inView(notice, "c", false)).toBe(false);
  expect(inView(notice, "other", true)).toBe(false);
});

it("the same notice has the same key in every tab", () => {
  expect(noticeKey(notice)).toBe(noticeKey({ ...notice, sound: false }));
  expect(noticeKey(notice)).not.toBe(noticeKey({ ...notice, messageId: "m4" }));
});
