import { expect, it } from "vitest";
import { findNext, MOST_EMPTY } from "./finding";
import type { Result } from "./ports";
import type { Hits } from "./requests";
import { fakeClock, message, no, ok } from "./testing";

const hit = { message: message(7), conversationName: "Ben" };

/** A server that answers from a list, the last one again and again, and writes down from where it was asked. */
function asked(...answers: Result<Hits>[]) {
  const cursors: (string | null)[] = [];
  const search = async (cursor: string | null) => {
    cursors.push(cursor);
    return answers[Math.min(cursors.length, answers.length) - 1] as Result<Hits>;
  };
  return { cursors, search };
}
const empty = (next: string | null) => ok<Hits>({ hits: [], next });

it("goes on over empty pages to the first one with hits", async () => {
  const { cursors, search } = asked(empty("a"), empty("b"), ok<Hits>({ hits: [hit], next: "c" }));
  const found = await findNext(search, null, fakeClock(), () => true);
  expect(cursors).toEqual([null, "a", "b"]);
  expect(found).toEqual({ hits: [hit], next: "c", failure: null });
});

it("ends where there is no more", async () => {
  const { cursors, search } = asked(empty("a"), empty(null));
  expect(await findNext(search, "z", fakeClock(), () => true)).toEqual({
    hits: [],
    next: null,
    failure: null,
  });
  expect(cursors).toEqual(["z", "a"]);
});

it("pauses after so many, and says where to go on", async () => {
  const { cursors, search } = asked(empty("a"));
  const found = await findNext(search, null, fakeClock(), () => true);
  expect(cursors).toHaveLength(MOST_EMPTY);
  expect(found).toEqual({ hits: [], next: "a", failure: null });
});

it("stops when nobody wants the answer any more", async () => {
  const { cursors, search } = asked(empty("a"));
  await findNext(search, null, fakeClock(), () => cursors.length < 2);
  expect(cursors).toEqual([null, "a"]);
});

it("keeps the place it had reached when a step fails", async () => {
  const { search } = asked(empty("a"), no(500));
  const found = await findNext(search, null, fakeClock(), () => true);
  expect(found).toMatchObject({ next: "a", failure: { status: 500 } });
});

it("waits out a short pause that the server asks for, and only a short one", async () => {
  const clock = fakeClock();
  const { cursors, search } = asked(no(429, { retryAfter: 2 }), empty(null));
  const finding = findNext(search, null, clock, () => true);
  await clock.pass(1_900);
  expect(cursors).toEqual([null]);
  await clock.pass(200);
  expect((await finding).failure).toBeNull();
  expect(cursors).toEqual([null, null]);
  const long = asked(no(429, { retryAfter: 60 }));
  expect((await findNext(long.search, null, clock, () => true)).failure?.status).toBe(429);
});
