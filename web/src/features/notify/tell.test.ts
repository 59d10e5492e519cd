import { expect, it } from "vitest";
import { words } from "./tell";

const message = (content: string, type = "TEXT") => ({ content, type });

it.each([
  [{ about: "message", actor: "Ben", group: null, message: message("hello") }, "Ben", "hello"],
  [{ about: "mention", actor: "Ben", group: "Launch", message: message("@you") }, "Ben in Launch", "@you"],
  [
    { about: "reaction", actor: "Ben", group: null, message: message("mine") },
    "Ben",
    "Ben reacted to your message",
  ],
  [
    { about: "member_activity", actor: "Ben", group: "Launch", message: null },
    "Launch",
    "The members of the group changed",
  ],
  [{ about: "message", actor: "Ben", group: null, message: null }, "Ben", "1 new"],
] as const)("%j", (content, title, body) => {
  expect(words(content)).toEqual({ title, body });
});

it("a long message is cut", () => {
  const { body } = words({ about: "message", actor: "Ben", group: null, message: message("x".repeat(900)) });
  expect(body.length).toBe(180);
});
