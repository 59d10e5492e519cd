// @vitest-environment happy-dom
import { act } from "react";
import { expect, it } from "vitest";
import type { Api } from "../../model/ports";
import type { SearchQuery } from "../../model/requests";
import { message, no, ok } from "../../model/testing";
import { draw, fakeClient, find, press, type } from "../testing";
import SearchPanel from "./SearchPanel";

const asked = (ms: number) => act(() => new Promise((done) => setTimeout(done, ms)));

async function show(search: Api["search"]) {
  const { client, chat } = fakeClient({}, { search });
  const jumps: unknown[] = [];
  chat.jumpTo = async (...to) => {
    jumps.push(to);
    return "ok";
  };
  let closed = 0;
  const place = await draw(
    client,
    <SearchPanel scope={{ conversationId: "c" }} open="c" onClose={() => closed++} />,
  );
  return { place, jumps, input: find<HTMLInputElement>(place, "input[type=search]"), closed: () => closed };
}
const hit = (number: number) => ({ message: message(number), conversationName: "Ben" });

it("asks once for what was typed, with the conversation, and shows the words marked", async () => {
  const queries: SearchQuery[] = [];
  const { place, input, jumps } = await show(async (query) => {
    queries.push(query);
    return ok({ hits: [hit(3)], next: null });
  });
  await type(input, "te");
  await type(input, "text ");
  await asked(300);
  expect(queries).toEqual([
    { text: "text", conversationId: "c", senderId: null, type: null, from: null, to: null },
  ]);
  expect(find(place, "mark").textContent).toBe("text");
  expect(find(place, "[role=status]").textContent).toBe("1 message found");
  await press(input, "Enter");
  expect(jumps).toEqual([["c", 3]]);
});

it("goes on where the first page ended, also when that failed once", async () => {
  const cursors: (string | null)[] = [];
  let works = false;
  const { place, input } = await show(async (_, cursor) => {
    cursors.push(cursor);
    if (cursor === null) return ok({ hits: [hit(9)], next: "more" });
    return works ? ok({ hits: [hit(4)], next: null }) : no(500, { detail: "Oh." });
  });
  await type(input, "text");
  await asked(300);
  const button = (label: string) =>
    [...place.querySelectorAll("button")].find((one) => one.textContent === label);
  await act(async () => button("Show more")?.click());
  expect(find(place, "[role=alert]").textContent).toBe("Oh.");
  works = true;
  await act(async () => button("Try again")?.click());
  expect(cursors).toEqual([null, "more", "more"]);
  expect(place.querySelectorAll("[data-testid=search-hit]")).toHaveLength(2);
  expect(place.querySelector("[role=alert]")).toBeNull();
});

it("asks for the next page once, however often it is scrolled meanwhile", async () => {
  const cursors: (string | null)[] = [];
  const { place, input } = await show(async (_, cursor) => {
    cursors.push(cursor);
    return cursor === null ? ok({ hits: [hit(9)], next: "more" }) : ok({ hits: [hit(4)], next: null });
  });
  await type(input, "text");
  await asked(300);
  const results = find(place, "[role=listbox]").parentElement;
  await act(async () => {
    results?.dispatchEvent(new Event("scroll"));
    results?.dispatchEvent(new Event("scroll"));
  });
  expect(cursors).toEqual([null, "more"]);
  expect(place.querySelectorAll("[data-testid=search-hit]")).toHaveLength(2);
});

it("says when nothing matches, and closes on Escape", async () => {
  const { place, input, closed } = await show(async () => ok({ hits: [], next: null }));
  await type(input, "zzz");
  await asked(300);
  expect(place.textContent).toContain("No message matches “zzz”.");
  await press(input, "Escape");
  expect(closed()).toBe(1);
});

it("goes on by itself over pages without a hit, and stops when it is closed", async () => {
  const cursors: (string | null)[] = [];
  let release = () => {};
  const { place, input } = await show(async (query, cursor) => {
    cursors.push(cursor);
    if (query.text === "zz") await new Promise<void>((done) => (release = done));
    if (cursor === "b") return ok({ hits: [hit(2)], next: null });
    return ok({ hits: [], next: cursor === null ? "a" : "b" });
  });
  await type(input, "xy");
  await asked(300);
  expect(cursors).toEqual([null, "a", "b"]);
  expect(place.querySelectorAll("[data-testid=search-hit]")).toHaveLength(1);
  await type(input, "zz");
  await asked(300);
  await type(input, "");
  release();
  await asked(20);
  expect(cursors).toEqual([null, "a", "b", null]);
});
