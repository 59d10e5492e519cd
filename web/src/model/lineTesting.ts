/** For the tests of the line only: sockets, tokens and time in the hands of the test. */
import type { ConnectionState } from "./connection";
import type { Diagnosis } from "./diagnose";
import { Line } from "./line";
import type { SocketHandlers } from "./ports";
import { fakeClock } from "./testing";

export function setup({
  why = { kind: "unreachable", server: "http://s" } as Diagnosis,
  renew = async (): Promise<string | null | "later"> => null,
  token = "t1" as string | null,
} = {}) {
  const clock = fakeClock(0.5);
  const states: string[] = [];
  const told: string[] = [];
  const attempts: { token: string; handlers: SocketHandlers; closed: boolean }[] = [];
  let state: ConnectionState = { name: "signed_out", reason: null };
  let alive = true;
  let stale = false;
  let diagnoses = 0;
  const line = new Line({
    clock,
    token: () => token,
    stale: () => stale,
    renew: async () => {
      const fresh = await renew();
      if (fresh !== null && fresh !== "later") {
        token = fresh;
        stale = false;
      }
      return fresh;
    },
    diagnose: async () => {
      diagnoses++;
      return why;
    },
    connect: (used, handlers) => {
      const attempt = { token: used, handlers, closed: false };
      attempts.push(attempt);
      return {
        typing: () => {},
        auth: async (fresh) => {
          told.push(fresh);
          return true;
        },
        alive: async () => alive,
        close: () => {
          attempt.closed = true;
        },
      };
    },
    changed: (next) => {
      state = next;
      states.push(next.name);
    },
    event: () => {},
  });
  return {
    clock,
    line,
    attempts,
    states,
    last: () => attempts[attempts.length - 1] as (typeof attempts)[number],
    state: () => state,
    die: () => {
      alive = false;
    },
    told,
    age: () => {
      stale = true;
    },
    diagnoses: () => diagnoses,
  };
}
