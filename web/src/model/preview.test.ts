import { expect, it } from "vitest";
import { gist } from "./preview";

it.each([
  ["TEXT", "a\n  b ", { kind: "text", text: "a b" }],
  ["FILE", "report.pdf", { kind: "text", text: "report.pdf" }],
  ["IMAGE", "IMG_0001.jpg", { kind: "photo" }],
  ["VOICE", "v.webm", { kind: "voice" }],
  ["POLL", "Lunch?", { kind: "poll", question: "Lunch?" }],
  ["IMAGE", "", { kind: "text", text: "" }],
])("%s %j in a few words", (type, content, expected) => {
  expect(gist({ type, content })).toEqual(expected);
});
