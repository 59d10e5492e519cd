import { describe, expect, it } from "vitest";
import { charactersLeft, type Limits, sendable } from "./limits";
import { pieces } from "./links";
import { parseRoute, pathOf, type Route } from "./route";
import { fakeClock } from "./testing";
import { TypingNotice } from "./typing";

const limits: Limits = {
  messageLength: 10_000,
  messageBytes: 16_384,
  nameLength: 255,
  groupMembers: 101,
  passwordMinLength: 8,
  passwordMaxLength: 256,
};

describe("links", () => {
  const links = (text: string) => pieces(text).flatMap((p) => (p.href ? [p.href] : []));
  it.each([
    ["see https://a.example/x?y=1#z.", ["https://a.example/x?y=1#z"]],
    ["(https://a.example/b_(c))", ["https://a.example/b_(c)"]],
    ["www.example.com, or HTTP://B.example!", ["https://www.example.com", "HTTP://B.example"]],
    ["write to ana@corp.local or mailto:ben@corp.local", ["mailto:ana@corp.local", "mailto:ben@corp.local"]],
    ["javascript:alert(1) data:text/html,x file:///etc/passwd", []],
    ["<https://a.example>", ["https://a.example"]],
    ["http://", []],
    ["no links", []],
  ])("in %j", (text, expected) => {
    expect(links(text)).toEqual(expected);
  });

  it("lose no character of the text", () => {
    for (const text of [
      "a https://x.example/y. b",
      "",
      "\n\n https://x.example",
      "https://x.example..",
      "a@b.c@d.e",
    ]) {
      expect(
        pieces(text)
          .map((p) => p.text)
          .join(""),
      ).toBe(text);
    }
  });

  it("take a moment on the longest hostile text", () => {
    const start = Date.now();
    for (const text of [
      "a".repeat(10_000),
      "www.".repeat(2_500),
      "https://".repeat(1_250),
      "a@".repeat(5_000),
      `https://x${")".repeat(9_990)}`,
    ]) {
      pieces(text);
    }
    expect(Date.now() - start).toBeLessThan(500);
  });
});

describe("the limit of a message", () => {
  it("is told when it is near", () => {
    expect(charactersLeft("a".repeat(9_400), limits)).toBeNull();
    expect(charactersLeft("a".repeat(9_600), limits)).toBe(400);
    expect(charactersLeft("a".repeat(10_001), limits)).toBe(-1);
  });
  it("counts as the server counts: code points and bytes", () => {
    expect(charactersLeft("😀".repeat(4_096), limits)).toBe(0);
    expect(charactersLeft("😀".repeat(4_097), limits)).toBe(-1);
    expect(charactersLeft("中".repeat(5_461), limits)).toBe(0);
    expect(charactersLeft("中".repeat(5_462), limits)).toBe(-1);
  });
});

it("blank lines around a message are not sent; those inside and indentation are", () => {
  expect(sendable("\n \n  a\n\n  b \n\n")).toBe("  a\n\n  b");
  expect(sendable(" \n\t ")).toBe("");
});

describe("addresses", () => {
  it.each<[string, string, Route]>([
    ["/", "", { name: "home" }],
    ["/c/0190-abc", "", { name: "conversation", id: "0190-abc" }],
    ["/c/a%2Fb/", "", { name: "conversation", id: "a/b" }],
    ["/c/%E0%A4%A", "", { name: "conversation", id: "%E0%A4%A" }],
    ["/c/x/m/17", "", { name: "conversation", id: "x", message: 17 }],
    ["/c/x/m/0190-abc", "", { name: "conversation", id: "x", message: "0190-abc" }],
    ["/c/x/n/17", "", { name: "home" }],
    ["/setup", "#tok", { name: "setup", token: "tok" }],
    ["/join", "#tok", { name: "join", token: "tok" }],
    ["/sign-in", "", { name: "sign-in" }],
    ["/c/a/b", "", { name: "home" }],
    ["/nonsense", "", { name: "home" }],
  ])("%s%s", (path, hash, route) => {
    expect(parseRoute(path, hash)).toEqual(route);
  });
  it("lead back to where they came from", () => {
    const route: Route = { name: "conversation", id: "a/b?c" };
    expect(parseRoute(pathOf(route), "")).toEqual(route);
    const message: Route = { ...route, message: "d/e" };
    expect(parseRoute(pathOf(message), "")).toEqual(message);
    expect(pathOf({ name: "join", token: "t" })).toBe("/join#t");
  });
});

describe("telling others that one types", () => {
  it("happens every three seconds, ends after four of silence", async () => {
    const clock = fakeClock();
    const told: string[] = [];
    const notice = new TypingNotice((id, on) => told.push(`${id} ${on}`), clock);
    notice.typed("a");
    await clock.pass(1_000);
    notice.typed("a");
    expect(told).toEqual(["a true"]);
    await clock.pass(2_000);
    notice.typed("a");
    expect(told).toEqual(["a true", "a true"]);
    await clock.pass(3_999);
    expect(told).toHaveLength(2);
    await clock.pass(1);
    expect(told[2]).toBe("a false");
    notice.stopped();
    expect(told).toHaveLength(3);
  });

  it("again right after a message waits for the second the server wants between two signs", async () => {
    const clock = fakeClock();
    const told: string[] = [];
    const notice = new TypingNotice((id, on) => told.push(`${id} ${on}`), clock);
    notice.typed("a");
    notice.stopped();
    notice.typed("a");
    await clock.pass(1_000);
    expect(told).toEqual(["a true", "a false"]);
    await clock.pass(100);
    expect(told).toEqual(["a true", "a false", "a true"]);
    notice.stopped();
    notice.typed("a");
    notice.stopped();
    await clock.pass(5_000);
    expect(told).toEqual(["a true", "a false", "a true", "a false"]);
  });

  it("moves with the conversation", () => {
    const told: string[] = [];
    const notice = new TypingNotice((id, on) => told.push(`${id} ${on}`), fakeClock());
    notice.typed("a");
    notice.typed("b");
    notice.stopped();
    expect(told).toEqual(["a true", "a false", "b true", "b false"]);
  });
});
