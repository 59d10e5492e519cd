/**
 * Unsent messages in the browser's database. Tabs tell each other over a channel, and take turns by Web Locks, which a tab
 * loses by closing or crashing and by nothing else. Where there are none (plain http), each tab sends what it has: the
 * server knows a message by its `clientId` and stores it once.
 */
import { readOutgoing } from "../model/kept";
import type { Finished, Unsent, UnsentNews } from "../model/ports";
import type { Outgoing } from "../model/state";
import type { Entry, Shelves, Vault } from "./vault";

interface Kept extends Entry {
  /** Of writing it, in milliseconds; those of one millisecond count on. */
  order: number;
  /** Which tab has the bytes of a file. */
  tab: string;
  outgoing: Outgoing | null;
  finished: Finished | null;
}

interface Told {
  userId: string;
  news: UnsentNews;
}

/** For so long another tab may not have noticed yet that a message is finished. */
const FORGET_MS = 3_600_000;

export interface UnsentPorts {
  /** Null where the browser has none. */
  vault: Promise<Vault | null>;
  locks: Pick<LockManager, "request" | "query"> | undefined;
  channel: BroadcastChannel | null;
  tab: string;
  now(): number;
}

export function createUnsent({ vault, locks, channel, tab, now }: UnsentPorts): Unsent {
  let last = 0;
  let written: Promise<unknown> = Promise.resolve();
  const orders = new Map<string, number>();
  /** Held for the life of this tab. */
  void locks?.request(tabLock(tab), () => new Promise(() => {})).catch(() => {});

  function orderOf({ clientId }: Outgoing): number {
    const known = orders.get(clientId);
    if (known !== undefined) return known;
    last = Math.max(now(), last + 0.001);
    orders.set(clientId, last);
    return last;
  }

  /** One after the other; what is told was kept before, and who wrote a message is the first to ask for the turn to send it. */
  function next(work: (shelves: Shelves) => void): void {
    written = written.then(async () => (await vault)?.write(["unsent"], work));
  }

  function tell(userId: string, news: UnsentNews): void {
    written = written.then(() => channel?.postMessage({ userId, news } satisfies Told));
  }

  const put = (entry: Kept) => next((shelves) => shelves.put("unsent", entry));

  return {
    async read(user) {
      const open = await vault;
      const entries = (await open?.read(["unsent"], (shelves) => shelves.all<Kept>("unsent", user))) ?? [];
      const old = entries.filter(({ finished, order }) => finished && order < now() - FORGET_MS);
      if (old.length > 0)
        void open?.write(["unsent"], (shelves) => {
          for (const { id } of old) shelves.remove("unsent", user, id);
        });
      const alive = await tabsAlive(locks);
      const there = entries.filter((e) => !e.finished && !(e.outgoing?.file && alive.has(tabLock(e.tab))));
      for (const { id, order } of there) orders.set(id, order);
      return there
        .sort((a, b) => a.order - b.order)
        .map(({ outgoing }) => readOutgoing(outgoing))
        .filter((outgoing) => outgoing !== null);
    },

    write(user, outgoing) {
      const { clientId: id, file, state } = outgoing;
      if (state !== "sent" && (!file || locks))
        put({ user, id, order: orderOf(outgoing), tab, outgoing, finished: null });
      if (!file) tell(user, { kind: "written", outgoing });
    },

    finish(user, { clientId: id, conversationId }, how) {
      put({ user, id, order: orders.get(id) ?? now(), tab, outgoing: null, finished: how });
      orders.delete(id);
      if (how === "discarded") tell(user, { kind: "discarded", conversationId, clientId: id });
    },

    async finished(user, id) {
      const entry = await (await vault)?.read(["unsent"], (shelves) => shelves.get<Kept>("unsent", user, id));
      return entry?.finished ?? null;
    },

    async alone(user, conversationId, work) {
      const all = async () => {
        await work();
        // The next one looks at what is written.
        await written;
      };
      if (locks) await locks.request(`tms.send.${user}.${conversationId}`, all);
      else await work();
    },

    listen(hear) {
      channel?.addEventListener("message", ({ data }: MessageEvent<Told>) => hear(data.userId, data.news));
    },

    erase(user) {
      next((shelves) => shelves.clear("unsent", user));
      orders.clear();
    },
  };
}

async function tabsAlive(locks: UnsentPorts["locks"]): Promise<Set<string | undefined>> {
  const { held = [] } = (await locks?.query()) ?? {};
  return new Set(held.map(({ name }) => name));
}

function tabLock(tab: string): string {
  return `tms.tab.${tab}`;
}
