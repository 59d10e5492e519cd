import { expect, it } from "vitest";
import { apply } from "./apply";
import { Own } from "./own";
import type { Api } from "./ports";
import { emptyState, type State } from "./state";
import { createStore } from "./store";
import { api, conversation, fakeClock, no, ok, person, stateWith } from "./testing";
import type { Preferences } from "./types";

const preferences: Preferences = {
  sound: true,
  volume: 50,
  browser: true,
  messages: true,
  mentions: true,
  reactions: false,
  memberActivity: false,
  dnd: false,
  dndStart: null,
  dndEnd: null,
  timezone: "Europe/Berlin",
};

function setup(calls: Partial<Api>, over: Partial<State> = {}) {
  const clock = fakeClock();
  const store = createStore<State>(stateWith(over));
  return { clock, store, own: new Own(store, api(calls), clock), row: () => store.get().conversations.c };
}
const later = (clock: { now(): number }, ms: number) => new Date(clock.now() + ms).toISOString();

it("a mute shows at once and is taken back when it is refused", async () => {
  const { own, row } = setup({ mute: async () => no(500) });
  const muting = own.mute("c", true);
  expect(row()?.muted).toBe(true);
  expect(await muting).toMatchObject({ status: 500 });
  expect(row()?.muted).toBe(false);
});

it("a mute with an end ends by itself, and a later end moves it", async () => {
  const { own, row, clock } = setup({ mute: async () => ok(null) });
  await own.mute("c", true, later(clock, 3_600_000));
  await clock.pass(3_000_000);
  await own.mute("c", true, later(clock, 3_600_000));
  await clock.pass(3_000_000);
  expect(row()).toMatchObject({ muted: true });
  await clock.pass(700_000);
  expect(row()).toMatchObject({ muted: false, mutedUntil: null });
});

it("a mute that ends in months is looked at once a day", async () => {
  const { own, row, clock } = setup({ mute: async () => ok(null) });
  const day = 24 * 3_600_000;
  await own.mute("c", true, later(clock, 2.5 * day));
  await clock.pass(2 * day);
  expect(row()?.muted).toBe(true);
  await clock.pass(day);
  expect(row()?.muted).toBe(false);
});

it("preferences change at once; the server's word counts", async () => {
  const answers = [ok({ ...preferences, volume: 20 }), no(500)];
  const { own, store } = setup(
    { changePreferences: async () => answers.shift() ?? no(500) },
    { preferences },
  );
  const changing = own.changePreferences({ volume: 21 });
  expect(store.get().preferences?.volume).toBe(21);
  await changing;
  expect(store.get().preferences?.volume).toBe(20);
  expect(await own.changePreferences({ volume: 90 })).toMatchObject({ status: 500 });
  expect(store.get().preferences?.volume).toBe(20);
});

it("whom one blocked is known from the start, and is no longer online", async () => {
  const { own, store } = setup(
    {
      preferences: async () => ok(preferences),
      blocks: async () => ok([{ person: person("cleo"), at: "" }]),
      block: async () => ok(null),
      unblock: async () => ok(null),
    },
    { online: { ben: true } },
  );
  await own.load();
  expect(store.get().blocked).toEqual({ cleo: true });
  await own.block("ben", true);
  expect(store.get()).toMatchObject({ blocked: { cleo: true, ben: true }, online: {} });
  await own.block("cleo", false);
  expect(store.get().blocked).toEqual({ ben: true });
});

it("a cleared conversation is empty; one that was refused is not", async () => {
  let answer = no(500) as Awaited<ReturnType<Api["clear"]>>;
  const last = { id: "m3", content: "x", type: "TEXT", senderId: "ben", at: "" };
  const { own, row } = setup(
    { clear: async () => answer },
    { conversations: { c: conversation("c", { last, lastNumber: 3, unread: 2 }) } },
  );
  expect(await own.clear("c")).toMatchObject({ status: 500 });
  expect(row()?.last).toEqual(last);
  answer = ok(null);
  await own.clear("c");
  expect(row()).toMatchObject({ last: null, unread: 0 });
});

it("two changes of the preferences go one after the other; the refused one alone is taken back", async () => {
  const calls: string[] = [];
  const { own, store } = setup(
    {
      changePreferences: async (change) => {
        calls.push(Object.keys(change).join());
        return calls.length === 1 ? no(500) : ok({ ...preferences, reactions: true });
      },
    },
    { preferences },
  );
  const both = Promise.all([
    own.changePreferences({ sound: false }),
    own.changePreferences({ reactions: true }),
  ]);
  expect(store.get().preferences).toMatchObject({ sound: false, reactions: true });
  expect(await both).toMatchObject([{ status: 500 }, null]);
  expect(calls).toEqual(["sound", "reactions"]);
  expect(store.get().preferences).toMatchObject({ sound: true, reactions: true });
});

it("what another device says while they are loaded is newer than the answer", async () => {
  const loaded: (() => void)[] = [];
  const { own, store } = setup({
    preferences: async () => ok(preferences),
    blocks: () => new Promise((done) => loaded.push(() => done(ok([])))),
  });
  const loading = own.load();
  store.update((state) => ({
    ...state,
    blocked: { ben: true },
    preferences: { ...preferences, volume: 5 },
  }));
  loaded[0]?.();
  await loading;
  expect(store.get()).toMatchObject({ blocked: { ben: true }, preferences: { volume: 5 } });
});

it("what is told of an earlier change does not move a switch back that was moved again", async () => {
  const answers: (() => void)[] = [];
  const { own, store } = setup(
    {
      changePreferences: (change) =>
        new Promise((done) => answers.push(() => done(ok({ ...preferences, volume: 7, ...change })))),
    },
    { preferences },
  );
  const tell = (word: Partial<Preferences>) =>
    store.update((state) =>
      apply(state, { kind: "preferences", preferences: { ...preferences, ...word } }, 0),
    );
  const both = [own.changePreferences({ sound: false }), own.changePreferences({ sound: true })];
  const shown: unknown[] = [];
  store.subscribe(() => shown.push(store.get().preferences?.sound));
  await Promise.resolve();
  tell({ sound: false });
  // Another device's change of something else is no answer to ours.
  tell({ sound: false, reactions: true });
  expect(store.get().preferences).toMatchObject({ sound: true, reactions: true });
  answers[0]?.();
  await both[0];
  tell({ sound: false, reactions: true });
  await Promise.resolve();
  answers[1]?.();
  await both[1];
  expect(new Set(shown)).toEqual(new Set([true]));
  expect(store.get().preferences).toMatchObject({ sound: true, volume: 7 });
  tell({ sound: false });
  expect(store.get().preferences?.sound).toBe(false);
});

it("a refused change is taken back to what was told meanwhile", async () => {
  let refuse: () => void = () => {};
  const { own, store } = setup(
    { changePreferences: () => new Promise((done) => (refuse = () => done(no(500)))) },
    { preferences },
  );
  const changing = own.changePreferences({ volume: 90 });
  await Promise.resolve();
  const preferred = { ...preferences, volume: 30 };
  store.update((state) => apply(state, { kind: "preferences", preferences: preferred }, 0));
  expect(store.get().preferences?.volume).toBe(90);
  refuse();
  expect(await changing).toMatchObject({ status: 500 });
  expect(store.get()).toMatchObject({ preferences: preferred, preferring: null });
});

it("of somebody else's change nothing is shown to who signed in meanwhile", async () => {
  let answer: () => void = () => {};
  const { own, store } = setup(
    { changePreferences: () => new Promise((done) => (answer = () => done(ok(preferences)))) },
    { preferences },
  );
  const changing = own.changePreferences({ volume: 90 });
  await Promise.resolve();
  store.update(() => emptyState);
  answer();
  await changing;
  expect(store.get().preferences).toBeNull();
});
