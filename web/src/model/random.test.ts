/** Whatever happens, in whatever order it is heard of: the client shows what a fetch of the final state shows. */
import { expect, it } from "vitest";
import type { Api } from "./ports";
import { type Random, seeded } from "./randomTesting";
import { delivery } from "./select";
import type { State } from "./state";
import { createStore } from "./store";
import { Sync } from "./sync";
import { api, fakeClock, me, ok, stateWith } from "./testing";
import type { ChatEvent, Message } from "./types";
import { World } from "./worldTesting";

const STEPS = 60;
/** Shorter than the time for which a missing number is waited for; and sometimes longer. */
const LATE_MS = [0, 0, 0, 40, 200, 900];
/** A server whose bus was away for a moment. */
const LOST = 0.03;
const ANSWER_MS = [0, 5, 30, 400, 1_500];

function device(world: World, clock: ReturnType<typeof fakeClock>, random: Random) {
  const pick = (from: readonly number[]) => from[Math.floor(random() * from.length)] as number;
  const pause = () => new Promise<void>((done) => clock.after(pick(ANSWER_MS), done));
  /** The state is looked at somewhere between the question and the answer. */
  const answer = async <T>(look: () => T) => {
    await pause();
    const value = look();
    await pause();
    return ok(value);
  };
  const store = createStore<State>(stateWith({ conversations: {}, positions: {}, list: "loading" }));
  const calls: Partial<Api> = {
    conversations: () => answer(() => ({ conversations: [world.row()], next: null })),
    conversation: () => answer(() => world.row()),
    messages: (_, cursor, limit) => answer(() => world.page(cursor, limit)),
    online: () => answer(() => [...world.online]),
    sync: (request) => answer(() => world.missed(request)),
    events: (_, after) => answer(() => world.missedAfter(after)),
  };
  const sync = new Sync(store, api(calls), clock);
  let line = 0;
  const hello = () => sync.event({ kind: "hello", epoch: "e", heads: { c: world.seq } });
  const connect = () => {
    line++;
    sync.connected();
    hello();
  };
  /** Numbered events may overtake each other on their way; what has no number overtakes none of them. */
  let latest = 0;
  const tell = (event: ChatEvent) => {
    const of = line;
    if ("seq" in event && random() < LOST) return;
    const due = Math.max(clock.now() + ("seq" in event ? pick(LATE_MS) : 0), "seq" in event ? 0 : latest);
    latest = Math.max(latest, due);
    clock.after(due - clock.now(), () => of === line && sync.event(event));
  };
  return { store, sync, connect, hello, tell, cut: () => line++ };
}

/** As the screen has it: without what was so when it was fetched, with what is so now. */
function shown(state: State, ticks: boolean) {
  const { windows, conversations, online } = state;
  const { lastNumber: _n, mentioned: _m, history: _h, ...row } = conversations.c ?? expect.fail("gone");
  const reads = state.reads.c ?? {};
  const deliveries = state.deliveries.c ?? {};
  const message = ({ readBy, deliveredTo, delivery: at, ...rest }: Message) => ({
    ...rest,
    ticks:
      ticks && rest.senderId === me.id
        ? delivery({ ...rest, readBy, deliveredTo, delivery: at }, conversations.c, reads, deliveries)
        : null,
  });
  const messages = windows.c?.messages.map(message) ?? [];
  const members = row.members.map(({ userId, role }) => `${userId} ${role}`).sort();
  return { row: { ...row, members }, messages, older: windows.c?.older, online, held: state.held };
}

async function live(seed: number) {
  const random = seeded(seed);
  const clock = fakeClock();
  const world = new World(random);
  for (let n = 0; n < 20 + random() * 60; n++) world.step();
  const { store, sync, connect, hello, tell, cut } = device(world, clock, random);
  void sync.loadList();
  connect();
  if (random() < 0.8) void sync.open("c");
  let connected = true;
  for (let n = 0; n < STEPS; n++) {
    const events = world.step();
    if (connected) for (const event of events) tell(event);
    const dice = random();
    if (dice < 0.05) {
      if (connected) cut();
      else connect();
      connected = !connected;
    } else if (dice < 0.1) void sync.open("c");
    else if (dice < 0.15) void sync.older("c");
    if (connected && random() < 0.05) hello();
    await clock.pass(random() < 0.3 ? random() * 1_000 : random() * 20);
  }
  if (connected) hello();
  else connect();
  await clock.pass(60_000);
  void sync.open("c");
  await clock.pass(10_000);

  const fresh = device(world, clock, random);
  fresh.connect();
  void fresh.sync.open("c");
  await clock.pass(10_000);
  for (let n = 0; n < 5; n++) {
    void fresh.sync.older("c");
    void sync.older("c");
    await clock.pass(5_000);
  }
  // From where on somebody who joined has something to read is only nearly known while a page is on its way.
  const ticks = world.joined === 0;
  return { lived: shown(store.get(), ticks), fetched: shown(fresh.store.get(), ticks) };
}

it.each(Array.from({ length: 8 }, (_, n) => n))("events and fetches agree (%i of 8)", async (part) => {
  for (let n = 0; n < 25; n++) {
    const seed = part * 1_000 + n;
    const { lived, fetched } = await live(seed);
    expect(lived, `seed ${seed}`).toEqual(fetched);
  }
});
