/** The copy of the history in the browser's database: a conversation is one record, so it is whole or not there. */
import type { Copy, CopyKeep } from "../model/ports";
import type { Entry, Shelves, Vault } from "./vault";

interface KeptCopy extends Entry {
  copy: Copy;
  since: string | null;
  /** Milliseconds. */
  at: number;
}

interface KeptPerson extends Entry {
  epoch: string;
}

/** Those that changed last. */
const CONVERSATIONS = 30;
const STORES = ["conversations", "people"] as const;

export function createCopies(vault: Promise<Vault | null>, now: () => number): CopyKeep {
  let written: Promise<unknown> = Promise.resolve();
  function next(work: (shelves: Shelves) => unknown): Promise<unknown> {
    written = written.then(async () => (await vault)?.write([...STORES], work));
    return written;
  }

  return {
    async read(user) {
      // At once, and not when somebody is told: nobody else's history stays on this device.
      await next((shelves) => {
        for (const store of STORES) shelves.clear(store, user, "others");
      });
      const kept = await (await vault)?.read([...STORES], async (shelves) => ({
        person: await shelves.get<KeptPerson>("people", user, "me"),
        copies: await shelves.all<KeptCopy>("conversations", user),
      }));
      if (!kept?.person) return null;
      // The oldest: what is told twice changes nothing.
      const times = kept.copies.map(({ since }) => since).filter((since) => since !== null);
      const since = times.sort()[0] ?? null;
      return { epoch: kept.person.epoch, since, copies: kept.copies.map(({ copy }) => copy) };
    },

    write(user, { epoch, since, copies }, gone) {
      void next(async (shelves) => {
        const person = await shelves.get<KeptPerson>("people", user, "me");
        if (person && person.epoch !== epoch) shelves.clear("conversations", user);
        shelves.put("people", { user, id: "me", epoch } satisfies KeptPerson);
        for (const id of gone) shelves.remove("conversations", user, id);
        for (const copy of copies)
          shelves.put("conversations", { user, id: copy.row.id, copy, since, at: now() } satisfies KeptCopy);
        const all = await shelves.all<KeptCopy>("conversations", user);
        const old = all.sort((a, b) => b.at - a.at).slice(CONVERSATIONS);
        for (const { id } of old) shelves.remove("conversations", user, id);
      });
    },

    erase(user) {
      void next((shelves) => {
        for (const store of STORES) shelves.clear(store, user);
      });
    },
  };
}
