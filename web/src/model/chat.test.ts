import { expect, it } from "vitest";
import { Chat } from "./chat";
import { api, fakeClock, me, ok, person } from "./testing";

function setup() {
  const kept = new Map<string, string>();
  const keep = {
    read: (key: string) => kept.get(key) ?? null,
    write: (key: string, value: string | null) =>
      void (value === null ? kept.delete(key) : kept.set(key, value)),
  };
  const chat = new Chat({
    upload: () => ({ answer: new Promise(() => {}), cancel: () => {} }),
    api: api({ conversations: async () => ok({ conversations: [], next: null }) }),
    clock: fakeClock(),
    drafts: keep,
    unsent: null,
    copies: null,
    newId: () => "id",
    connect: () => ({ typing: () => {}, alive: async () => true, auth: async () => true, close: () => {} }),
    diagnose: async () => ({ kind: "interrupted" }),
    token: () => "t",
    stale: () => false,
    renew: async () => null,
  });
  return { chat, kept };
}

it("signing in again after the session ended goes on with the draft, and never looks ended again", () => {
  const { chat } = setup();
  chat.begin(me);
  chat.draft("c", "half a");
  chat.suspend("token_expired");
  expect(chat.store.get()).toMatchObject({
    connection: { name: "signed_out", reason: "token_expired" },
    drafts: { c: "half a" },
  });
  const seen: string[] = [];
  chat.store.subscribe(() => seen.push(chat.store.get().connection.name));
  chat.begin(me);
  expect(seen).not.toContain("signed_out");
  expect(chat.store.get().drafts).toEqual({ c: "half a" });
});

it("of another person nothing is left, but the draft waits for its writer", () => {
  const { chat, kept } = setup();
  chat.begin(me);
  chat.draft("c", "half a");
  chat.suspend("elsewhere");
  chat.begin(person("ben"));
  expect(chat.store.get().drafts).toEqual({});
  chat.suspend("elsewhere");
  chat.begin(me);
  expect(chat.store.get().drafts).toEqual({ c: "half a" });
  chat.end();
  expect(kept.size).toBe(0);
});
