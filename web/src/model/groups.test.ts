import { expect, it } from "vitest";
import { Groups } from "./groups";
import type { Api } from "./ports";
import type { State } from "./state";
import { createStore } from "./store";
import { api, conversation, no, ok, person, stateWith } from "./testing";

function setup(calls: Partial<Api>) {
  const group = conversation("c", { type: "group", name: "Launch" });
  const store = createStore<State>(stateWith({ conversations: { c: group } }));
  const fetched: string[] = [];
  const groups = new Groups(store, api(calls), async (id) => void fetched.push(id));
  return { store, groups, fetched, row: () => store.get().conversations.c };
}

it("a new name shows with the answer", async () => {
  const { groups, row } = setup({
    updateGroup: async (id, { name }) => ok(conversation(id, { name: name ?? "" })),
  });
  expect(await groups.rename("c", "Landing")).toBeNull();
  expect(row()?.name).toBe("Landing");
});

it("many people are added in calls the server takes, and the members fetched after them", async () => {
  const calls: number[] = [];
  const { groups, fetched } = setup({ addMembers: async (_, ids) => ok(calls.push(ids.length)) });
  await groups.add(
    "c",
    Array.from({ length: 120 }, (_, n) => person(`p${n}`)),
  );
  expect(calls).toEqual([50, 50, 20]);
  expect(fetched.length).toBeGreaterThan(0);
});

it("what is refused is told, and changes nothing", async () => {
  const { groups, fetched, row } = setup({
    setRole: async () => no(409, { detail: "The last administrator stays one." }),
    updateGroup: async () => no(403),
  });
  expect(await groups.setRole("c", "me", "member")).toMatchObject({ status: 409 });
  expect(await groups.changeHistory("c", "all")).toMatchObject({ status: 403 });
  expect(fetched).toEqual([]);
  expect(row()?.history).toBeNull();
});

it("who may read what came before is asked once and known afterwards", async () => {
  const { groups, row } = setup({
    history: async () => ok("joined"),
    updateGroup: async (id) => ok(conversation(id)),
  });
  await groups.loadHistory("c");
  expect(row()?.history).toBe("joined");
  await groups.changeHistory("c", "all");
  expect(row()?.history).toBe("all");
});

it("left is left, also when it was gone already", async () => {
  const { groups, store } = setup({ leave: async () => no(404) });
  expect(await groups.leave("c")).toBeNull();
  expect(store.get()).toMatchObject({ conversations: {}, left: { c: "Launch" } });
});
