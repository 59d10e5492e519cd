// @vitest-environment happy-dom
import { expect, it } from "vitest";
import type { State } from "../../model/state";
import { at, conversation, person } from "../../model/testing";
import type { Conversation } from "../../model/types";
import { draw, fakeClient, find } from "../testing";
import { ConversationRow } from "./ConversationRow";

async function show(over: Partial<Conversation>, state: Partial<State> = {}) {
  const { client } = fakeClient(state);
  const place = await draw(client, <ConversationRow conversation={conversation("c", over)} open={false} />);
  return find<HTMLAnchorElement>(place, "[data-testid=conversation-row]");
}
const last = (senderId: string, content: string) => ({ id: "m", content, type: "TEXT", senderId, at: at(0) });

it("is a link, so that it opens in a new tab too", async () => {
  expect((await show({})).getAttribute("href")).toBe("/c/c");
});

it("counts the unread, for the eye and for the ear", async () => {
  const row = await show({ unread: 3, last: last("ben", "hi") });
  expect(find(row, "[data-testid=unread-badge]").textContent).toBe("3");
  expect(row.textContent).toContain("3 unread messages");
  expect((await show({ unread: 0 })).querySelector("[data-testid=unread-badge]")).toBeNull();
});

it("says who wrote last: oneself, or in a group the other", async () => {
  expect((await show({ last: last("me", "a\n b") })).textContent).toContain("You: a b");
  expect((await show({ last: last("ben", "hi") })).textContent).not.toContain("Ben: hi");
  const members = [{ userId: "ben", role: "member" as const, person: person("ben", "Ben Osei") }];
  expect((await show({ type: "group", members, last: last("ben", "hi") })).textContent).toContain("Ben: hi");
});

it("shows a draft instead of the last message", async () => {
  const row = await show({ last: last("ben", "hi") }, { drafts: { c: "half a" } });
  expect(row.textContent).toContain("Draft: half a");
  expect(row.textContent).not.toContain("hi");
});

it("does not tell in a group what somebody one blocked wrote", async () => {
  const blocked = { blocked: { ben: true as const } };
  const row = await show({ type: "group", last: last("ben", "look here") }, blocked);
  expect(row.textContent).toContain("Message from somebody you blocked");
  expect(row.textContent).not.toContain("look here");
  expect((await show({ last: last("ben", "look here") }, blocked)).textContent).toContain("look here");
});
