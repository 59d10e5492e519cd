import { describe, expect, it } from "vitest";
import { apply } from "./apply";
import { Changer } from "./changer";
import { noteOf, overlaid } from "./overlay";
import type { Api, Result } from "./ports";
import type { State } from "./state";
import { createStore } from "./store";
import { api, no, noFacts, ok, own, stateWith } from "./testing";
import type { Message, MessageChange, Poll } from "./types";

const poll: Poll = {
  id: "p",
  question: "Lunch?",
  multiple: false,
  closed: false,
  expiresAt: null,
  options: [
    { id: "a", text: "Soup", voters: ["ben"] },
    { id: "b", text: "Rice", voters: [] },
  ],
};

/** A server that answers when told to. */
function setup(over: Partial<Message> = {}) {
  const message = own(1, "k", over);
  const window = { messages: [message], older: null, loading: null, failure: null };
  const store = createStore<State>(stateWith({ windows: { c: window } }));
  const asked: { call: string; answer: (result: Result<unknown>) => Promise<void> }[] = [];
  const call =
    (name: string) =>
    (...args: unknown[]) =>
      new Promise((resolve) => {
        const answer = async (result: Result<unknown>) => {
          resolve(result);
          for (let n = 0; n < 8; n++) await Promise.resolve();
        };
        asked.push({ call: [name, ...args].join(" "), answer });
      });
  const names = ["edit", "remove", "react", "unreact", "vote", "closePoll"] as const;
  const fake = Object.fromEntries(names.map((name) => [name, call(name)])) as Partial<Api>;
  const changer = new Changer(store, api(fake), (event) => store.update((s) => apply(s, event, 0)));
  const stored = () => store.get().windows.c?.messages[0];
  const shown = () => {
    const now = stored();
    return now ? overlaid(now, store.get().changes[now.id], "me") : null;
  };
  const note = () => noteOf(store.get().changes.m1);
  return { message, store, asked, changer, stored, shown, note };
}

describe("an edit", () => {
  it("is shown before any answer, and is the message's afterwards", async () => {
    const { changer, message, asked, shown, stored, store } = setup();
    changer.edit(message, "better");
    expect(shown()).toMatchObject({ content: "better", editedAt: message.at });
    expect(asked.map((a) => a.call)).toEqual(["edit m1 better"]);
    await asked[0]?.answer(ok({ ...message, content: "better", editedAt: "e" }));
    expect(stored()).toMatchObject({ content: "better", editedAt: "e" });
    expect(store.get().changes).toEqual({});
  });

  it("that fails keeps its text in sight, says why, and can be repeated or dropped", async () => {
    const { changer, message, asked, shown, note, store } = setup();
    changer.edit(message, "better");
    await asked[0]?.answer(no(403, { detail: "No." }));
    expect(shown()?.content).toBe("better");
    expect(note()).toMatchObject({ kind: "edit", failure: { detail: "No." } });
    changer.retry(message, "edit");
    expect(note()).toBeNull();
    await asked[1]?.answer(no(403));
    changer.dismiss("m1", "edit");
    expect(shown()?.content).toBe("text 1");
    expect(store.get().changes).toEqual({});
  });

  it("that failed for want of a connection goes by itself when it is back; others wait for a person", async () => {
    const { changer, message, asked } = setup();
    changer.edit(message, "better");
    await asked[0]?.answer(no(0));
    changer.resume();
    expect(asked).toHaveLength(2);
    await asked[1]?.answer(no(403));
    changer.resume();
    expect(asked).toHaveLength(2);
  });

  it("again while the first is on its way sends the last one after it", async () => {
    const { changer, message, asked, shown } = setup();
    changer.edit(message, "one");
    changer.edit(message, "two");
    await asked[0]?.answer(ok({ ...message, content: "one" }));
    expect(asked.map((a) => a.call)).toEqual(["edit m1 one", "edit m1 two"]);
    expect(shown()?.content).toBe("two");
  });
});

describe("a deletion", () => {
  it("for everyone leaves a stub at once; a refusal brings the text back", async () => {
    const { changer, message, asked, shown, note } = setup();
    changer.remove(message, true);
    expect(shown()).toMatchObject({ content: "", deletedAt: message.at });
    await asked[0]?.answer(no(403));
    expect(shown()).toMatchObject({ content: "text 1", deletedAt: null });
    expect(note()?.kind).toBe("remove");
  });

  it("for me takes it out of sight, and then away", async () => {
    const { changer, message, asked, shown, stored } = setup();
    changer.remove(message, false);
    expect(shown()).toBeNull();
    expect(stored()).toBeDefined();
    await asked[0]?.answer(ok("t"));
    expect(stored()).toBeUndefined();
  });
});

describe("a reaction", () => {
  it("is there at once, replaces the one before, and goes with the same again", async () => {
    const { changer, message, asked, shown, stored } = setup({ reactions: [{ userId: "me", emoji: "👍" }] });
    changer.react(message, "🎉");
    expect(shown()?.reactions).toEqual([{ userId: "me", emoji: "🎉" }]);
    await asked[0]?.answer(ok({ userId: "me", emoji: "🎉" }));
    changer.react(message, "🎉");
    expect(shown()?.reactions).toEqual([]);
    await asked[1]?.answer(ok(true));
    expect(asked.map((a) => a.call)).toEqual(["react m1 🎉", "unreact m1 🎉"]);
    expect(stored()?.reactions).toEqual([]);
  });

  it("pressed twice in haste ends where it began", async () => {
    const { changer, message, asked, shown, stored } = setup();
    changer.react(message, "👍");
    changer.react(message, "👍");
    expect(shown()?.reactions).toEqual([]);
    await asked[0]?.answer(ok({ userId: "me", emoji: "👍" }));
    await asked[1]?.answer(ok(true));
    expect(asked.map((a) => a.call)).toEqual(["react m1 👍", "unreact m1 👍"]);
    expect(stored()?.reactions).toEqual([]);
  });

  it("that the server has already is not a failure", async () => {
    const { changer, message, asked, stored, note } = setup();
    changer.react(message, "👍");
    await asked[0]?.answer(no(409, { code: "reaction_exists" }));
    expect(note()).toBeNull();
    expect(stored()?.reactions).toEqual([{ userId: "me", emoji: "👍" }]);
  });
});

it("a vote and a poll's end are shown at once and are then as the server says", async () => {
  const { changer, message, asked, shown, stored } = setup({ poll });
  changer.vote(message, ["b"]);
  expect(shown()?.poll?.options.map((o) => o.voters)).toEqual([["ben"], ["me"]]);
  const voted = (a: string[], b: string[]): Poll => ({
    ...poll,
    options: poll.options.map((o) => ({ ...o, voters: o.id === "a" ? a : b })),
  });
  await asked[0]?.answer(ok(voted(["ben"], ["me"])));
  expect(stored()?.poll).toEqual(voted(["ben"], ["me"]));
  changer.close(message);
  expect(shown()?.poll?.closed).toBe(true);
  await asked[1]?.answer(no(409));
  expect(shown()?.poll?.closed).toBe(false);
});

it("an answer that events have overtaken undoes nothing of what they told", async () => {
  const { changer, message, asked, stored, store } = setup({ poll });
  const told = (change: MessageChange, seq: number) =>
    store.update((s) => apply(s, { ...change, conversationId: "c", seq }, 0));
  const options = (a: string[], b: string[]) =>
    poll.options.map((o) => ({ ...o, voters: o.id === "a" ? a : b }));
  changer.vote(message, ["b"]);
  told({ kind: "polled", messageId: "m1", poll: { ...poll, options: options(["ben"], ["me"]) } }, 1);
  told({ kind: "polled", messageId: "m1", poll: { ...poll, options: options(["ben", "cleo"], ["me"]) } }, 2);
  await asked[0]?.answer(ok({ ...poll, options: options(["ben"], ["me"]) }));
  expect(stored()?.poll?.options.map((o) => o.voters)).toEqual([["ben", "cleo"], ["me"]]);

  const preview = { url: "u", title: "t", description: "", image: null, domain: "d" };
  const edit = { content: "see u", facts: noFacts, editedAt: "2", deletedAt: null };
  changer.edit(message, "see u");
  told({ kind: "edited", messageId: "m1", ...edit }, 3);
  told({ kind: "previewed", messageId: "m1", facts: { ...noFacts, preview } }, 4);
  await asked[1]?.answer(ok({ ...message, ...edit }));
  expect(stored()).toMatchObject({ content: "see u", facts: { preview } });
});
