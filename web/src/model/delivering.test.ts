import { expect, it } from "vitest";
import { apply } from "./apply";
import { Delivering } from "./delivering";
import type { State } from "./state";
import { createStore } from "./store";
import { api, event, fakeClock, no, ok, own, stateWith } from "./testing";

function setup() {
  const store = createStore<State>(stateWith());
  const clock = fakeClock();
  const told: string[] = [];
  const world = { answer: ok(true as const) as ReturnType<typeof ok<true>> | ReturnType<typeof no> };
  const markDelivered = async (id: string) => {
    told.push(id);
    return world.answer;
  };
  const delivering = new Delivering(store, api({ markDelivered }), clock);
  store.subscribe(() => delivering.look());
  const arrive = (seq: number) => store.update((state) => apply(state, event(seq), 0));
  return { store, clock, told, world, arrive };
}

it("many messages are told once, and each later one again", async () => {
  const { arrive, clock, told } = setup();
  for (const seq of [1, 2, 3]) arrive(seq);
  await clock.pass(1_000);
  expect(told).toEqual(["c"]);
  await clock.pass(60_000);
  expect(told).toEqual(["c"]);
  arrive(4);
  await clock.pass(1_000);
  expect(told).toEqual(["c", "c"]);
});

it("what is read at once, or our own, needs no word", async () => {
  const { store, arrive, clock, told } = setup();
  arrive(1);
  store.update((state) => apply(state, { kind: "read", conversationId: "c", userId: "me", number: 1 }, 0));
  await clock.pass(1_000);
  store.update((state) =>
    apply(state, { kind: "message", conversationId: "c", seq: 2, message: own(2, "k") }, 0),
  );
  await clock.pass(1_000);
  expect(told).toEqual([]);
});

it("a refusal is repeated after a rest; without a line it waits for one", async () => {
  const { store, arrive, clock, told, world } = setup();
  world.answer = no(500);
  arrive(1);
  await clock.pass(1_000);
  world.answer = ok(true as const);
  await clock.pass(5_000);
  expect(told).toEqual(["c", "c"]);
  store.update((s) => ({ ...s, connection: { name: "signed_out", reason: null } }));
  arrive(2);
  await clock.pass(10_000);
  expect(told).toHaveLength(2);
  store.update((s) => ({ ...s, connection: { name: "online", id: "s" } }));
  await clock.pass(1_000);
  expect(told).toHaveLength(3);
});
