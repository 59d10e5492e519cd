// @vitest-environment happy-dom
import { act } from "react";
import { expect, it } from "vitest";
import { noPositions } from "../../model/receipts";
import type { Bubble } from "../../model/rows";
import { rows } from "../../model/rows";
import { conversation, message } from "../../model/testing";
import { draw, fakeClient, find } from "../testing";
import { MessageRow } from "./MessageRow";

async function show(type: "dm" | "group") {
  const group = conversation("c", { type });
  const built = rows({
    messages: [message(1)],
    outbox: [],
    complete: false,
    conversation: group,
    reads: noPositions,
    deliveries: noPositions,
    changes: {},
    me: { id: "me", name: "Me" },
    readUpTo: null,
  });
  const row = built.find((one) => one.kind === "message");
  const bubble = (row as unknown as { bubble: Bubble }).bubble;
  const { client } = fakeClient({ conversations: { c: group }, blocked: { ben: true } });
  return draw(client, <MessageRow conversationId="c" bubble={bubble} head tail />);
}

it("of somebody blocked is folded in a group, until one looks", async () => {
  const place = await show("group");
  expect(place.textContent).toContain("Message from somebody you blocked");
  expect(place.textContent).not.toContain("text 1");
  const look = [...place.querySelectorAll("button")].find((one) => one.textContent === "Show");
  await act(async () => look?.click());
  expect(find(place, "[data-testid=message]").textContent).toContain("text 1");
});

it("is read as ever in a direct conversation", async () => {
  expect((await show("dm")).textContent).toContain("text 1");
});
