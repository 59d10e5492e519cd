// @vitest-environment happy-dom
import { act } from "react";
import { expect, it } from "vitest";
import { conversation } from "../../model/testing";
import { draw, fakeClient, find } from "../testing";
import { ConversationPane } from "./ConversationPane";

it("of a conversation one is taken out of says so calmly, asks nothing, and shows it again when one is back", async () => {
  const group = conversation("c", { type: "group", name: "Launch team" });
  const window_ = { messages: [], older: null, loading: "newest" as const, failure: null };
  const { client, chat } = fakeClient(
    { conversations: { c: group }, windows: { c: window_ }, drafts: { c: "half a" } },
    { messages: () => new Promise(() => {}) },
  );
  const place = await draw(client, <ConversationPane id="c" />);
  expect(find<HTMLTextAreaElement>(place, "textarea").value).toBe("half a");
  await act(async () => {
    chat.store.update((state) => ({
      ...state,
      conversations: {},
      windows: {},
      left: { c: "Launch team" },
      drafts: {},
    }));
  });
  expect(find(place, "[role=status] h1").textContent).toBe("You are no longer in this conversation");
  expect(place.textContent).toContain("You are not a member of “Launch team” any more.");
  expect(place.querySelector("textarea")).toBeNull();
  await act(async () => chat.store.update((state) => ({ ...state, conversations: { c: group } })));
  expect(find<HTMLTextAreaElement>(place, "textarea").value).toBe("");
});
