/** For tests only: a database in memory, and the tabs of one browser that share it. */

import type { Api } from "../model/ports";
import type { Others } from "../model/sender";
import { Sender } from "../model/sender";
import type { State } from "../model/state";
import { createStore } from "../model/store";
import { api, type FakeClock, stateWith } from "../model/testing";
import { UnsentKeeper } from "../model/unsent";
import { Uploads } from "../model/uploads";
import { createUnsent } from "./unsent";
import type { Entry, Shelves, StoreName, Vault } from "./vault";

export class MemoryVault implements Vault {
  readonly entries = new Map<string, Entry>();

  constructor(private readonly disk: () => Promise<void> = async () => {}) {}

  async read<T>(_: StoreName[], work: (shelves: Shelves) => Promise<T>): Promise<T> {
    return work(this.shelves);
  }

  async write(_: StoreName[], work: (shelves: Shelves) => unknown): Promise<void> {
    await this.disk();
    await work(this.shelves);
  }

  private readonly shelves: Shelves = {
    get: async <E extends Entry>(store: StoreName, user: string, id: string) =>
      this.entries.get(key(store, user, id)) as E | undefined,
    all: async <E extends Entry>(store: StoreName, user: string) =>
      this.keysOf(store, user).map((k) => structuredClone(this.entries.get(k)) as E),
    put: (store, entry) => void this.entries.set(key(store, entry.user, entry.id), structuredClone(entry)),
    remove: (store, user, id) => void this.entries.delete(key(store, user, id)),
    clear: (store, user, others) => {
      const gone = others
        ? [...this.entries.keys()].filter((k) => {
            const [s, u] = JSON.parse(k);
            return s === store && u !== user;
          })
        : this.keysOf(store, user);
      for (const k of gone) this.entries.delete(k);
    },
  };

  private keysOf(store: StoreName, user: string): string[] {
    return [...this.entries.keys()].filter((k) => {
      const [s, u] = JSON.parse(k);
      return s === store && u === user;
    });
  }
}

function key(store: StoreName, user: string, id: string): string {
  return JSON.stringify([store, user, id]);
}

/** Web Locks of one browser, as far as they are used: one holder a name, the next one in the order of asking. */
class Locks {
  private readonly queues = new Map<string, { tab: string; run: () => Promise<unknown> }[]>();

  of(tab: string): LockManager {
    const request = (name: string, work: () => Promise<unknown>) =>
      new Promise<unknown>((done) => {
        const queue = this.queues.get(name) ?? [];
        this.queues.set(name, queue);
        queue.push({ tab, run: () => work().then(done) });
        if (queue.length === 1) this.next(name);
      });
    const query = async () => ({
      held: [...this.queues].filter(([, queue]) => queue.length > 0).map(([name]) => ({ name })),
    });
    return { request, query } as unknown as LockManager;
  }

  close(tab: string): void {
    for (const [name, queue] of this.queues) {
      const held = queue[0]?.tab === tab;
      this.queues.set(
        name,
        queue.filter((one) => one.tab !== tab),
      );
      if (held) this.next(name);
    }
  }

  private next(name: string): void {
    const first = this.queues.get(name)?.[0];
    void first?.run().then(() => {
      const queue = this.queues.get(name) ?? [];
      if (queue[0] !== first) return;
      queue.shift();
      this.next(name);
    });
  }
}

/** One browser; `send` is the server, for all of its tabs. Its disk takes `slow` milliseconds to write. */
export function browser(clock: FakeClock, send: Api["send"], { locked = true, slow = 0 } = {}) {
  const disk = () => new Promise<void>((done) => (slow > 0 ? void clock.after(slow, done) : done()));
  const vault = new MemoryVault(disk);
  const locks = new Locks();
  const channels = new Set<{ tab: string; hear: (event: MessageEvent) => void }>();
  let ids = 0;

  function open(userId = "me", over: Partial<State> = {}) {
    const tab = `tab${++ids}`;
    let closed = false;
    const channel = {
      postMessage: (data: unknown) => {
        for (const other of channels)
          if (other.tab !== tab && !closed) void Promise.resolve().then(() => other.hear({ data } as never));
      },
      addEventListener: (_: string, hear: (event: MessageEvent) => void) => channels.add({ tab, hear }),
    } as unknown as BroadcastChannel;
    const store = createStore<State>(stateWith(over));
    const uploads = new Uploads(
      () => ({ answer: new Promise(() => {}), cancel: () => {} }),
      () => "",
    );
    const newId = () => `id${++ids}`;
    let keeper: Others | null = null;
    const calls = api({
      send: (request) => (closed ? new Promise(() => {}) : send(request)),
    });
    const sender: Sender = new Sender(
      store,
      calls,
      uploads,
      clock,
      newId,
      async () => store.get().connection.name === "online",
      () => keeper,
    );
    const unsent = createUnsent({
      vault: Promise.resolve(vault),
      locks: locked ? locks.of(tab) : undefined,
      channel,
      tab,
      now: clock.now,
    });
    const made = new UnsentKeeper(store, unsent, (id) => void sender.pump(id));
    keeper = made;
    void made.begin(userId);
    const close = () => {
      closed = true;
      for (const one of channels) if (one.tab === tab) channels.delete(one);
      locks.close(tab);
    };
    const texts = () => (store.get().outbox.c ?? []).map((o) => `${o.content} ${o.state}`);
    return { store, sender, keeper: made, close, texts };
  }
  return { open, vault };
}
