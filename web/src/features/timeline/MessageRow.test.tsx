// @vitest-environment happy-dom
import { act } from "react";
import { describe, expect, it } from "vitest";
import type { Bubble } from "../../model/rows";
import { failure } from "../../model/testing";
import { draw, fakeClient, find } from "../testing";
import { MessageRow } from "./MessageRow";

const bubble = (over: Partial<Bubble> = {}): Bubble => ({
  key: "k",
  id: "m1",
  senderId: "ben",
  senderName: "Ben Osei",
  content: "hello",
  file: null,
  at: "2026-05-04T12:00:00.000000Z",
  own: false,
  state: "sent",
  delivery: "sent",
  failure: null,
  edited: false,
  deleted: false,
  message: null,
  quote: null,
  note: null,
  ...over,
});

async function show(over: Partial<Bubble>) {
  const { client, chat } = fakeClient();
  const place = await draw(client, <MessageRow conversationId="c" bubble={bubble(over)} head tail />);
  return { chat, row: find<HTMLElement>(place, "[data-testid=message]") };
}

describe("the text", () => {
  it("stays text, whatever it looks like", async () => {
    const content = '<img src=x onerror="alert(1)"> <script>1</script>\n  indented';
    const { row } = await show({ content });
    expect(find(row, "p[dir=auto]").textContent).toBe(content);
    expect(row.querySelector("img, script")).toBeNull();
  });

  it("has safe links", async () => {
    const { row } = await show({ content: "see https://a.example/x." });
    const link = find<HTMLAnchorElement>(row, "a");
    expect(link.getAttribute("href")).toBe("https://a.example/x");
    expect(link.rel).toBe("noopener noreferrer nofollow");
    expect(link.target).toBe("_blank");
  });
});

describe("a row", () => {
  it("reads as one sentence", async () => {
    expect((await show({})).row.getAttribute("aria-label")).toMatch(/^Ben Osei at /);
    expect((await show({ own: true })).row.getAttribute("aria-label")).toMatch(/^You at /);
  });

  it.each([
    [{ state: "pending" }, "pending"],
    [{ delivery: "sent" }, "sent"],
    [{ delivery: "read" }, "read"],
  ] as const)("of mine shows how far it got: %j", async (over, tick) => {
    const { row } = await show({ own: true, ...over });
    expect(find(row, "[data-tick]").getAttribute("data-tick")).toBe(tick);
  });

  it("of others has no tick", async () => {
    expect((await show({ delivery: "read" })).row.querySelector("[data-tick]")).toBeNull();
  });

  it("that failed says why and offers three ways on", async () => {
    const { row } = await show({
      own: true,
      state: "failed",
      failure: failure(422, { detail: "Too long." }),
    });
    expect(find(row, "[role=alert]").textContent).toContain("Too long.");
    const choices = [...find(row, "[role=alert]").querySelectorAll("button")];
    expect(choices.map((b) => b.textContent)).toEqual(["Retry", "Edit", "Delete"]);
    await act(async () => choices[0]?.click());
  });

  it("that was deleted shows no text", async () => {
    const { row } = await show({ deleted: true, content: "" });
    expect(row.textContent).toContain("deleted");
  });
});
