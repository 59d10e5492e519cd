/** For tests only: a server of a few lines, and the way of the host with everything around it in plain variables. */
import type { Keep, Result } from "../model/ports";
import { no, ok } from "../model/testing";
import type { Arrival, Ticket } from "./arrival";
import type { User } from "./contract.gen";
import type { Host } from "./host";
import { HostWay } from "./hostWay";
import type { Options, Rest } from "./rest";
import { Session } from "./session";
import type { Reach } from "./way";

export const user = (id: string) => ({ id, email: `${id}@corp.local`, displayName: id }) as User;
export const pass = (id: string, token: string) => ok({ user: user(id), token });
export const refused = (code: string, status = 401): Result<never> => no(status, { code });

export interface Call {
  path: string;
  body: unknown;
  headers: Record<string, string>;
}

export type Answer = (call: Call) => Result<unknown> | Promise<Result<unknown>>;

export function fakeRest(answer: Answer) {
  const calls: Call[] = [];
  async function call<T>(path: string, body?: unknown, options?: Options): Promise<Result<T>> {
    const asked = { path, body, headers: options?.headers ?? {} };
    calls.push(asked);
    return (await answer(asked)) as Result<T>;
  }
  const rest: Rest = {
    get: (path, options) => call(path, undefined, options),
    post: call,
    put: call,
    delete: call,
  };
  return { rest, calls };
}

export function memory(): Keep & { all: Map<string, string> } {
  const all = new Map<string, string>();
  return {
    all,
    read: (key) => all.get(key) ?? null,
    write: (key, value) => void (value === null ? all.delete(key) : all.set(key, value)),
  };
}

export const acme: Host = { name: "Acme", signInUrl: "https://acme.example/sso", passwords: true };

/** One page of one tab. The storages outlive it, when they are handed to the next. */
export function hostPage(
  answer: Answer,
  {
    ticket = { kind: "none" } as Ticket,
    asked = true,
    host = acme,
    cookie = "surely" as Reach,
    tab = memory(),
    local = memory(),
    at = 1_000_000,
  } = {},
) {
  const { rest, calls } = fakeRest(answer);
  const arrival: Arrival = { ticket, asked };
  const trips: string[] = [];
  const clock = { now: at };
  const here = "/c/1";
  const way = new HostWay({
    open: rest,
    host,
    cookie,
    arrival,
    tab,
    local,
    now: () => clock.now,
    here: () => here,
    go: () => void trips.push(here),
  });
  const session = new Session(rest, way, () => clock.now);
  const state = () => session.store.get();
  const reason = () => {
    const now = state();
    return now.name === "out" ? now.reason : now.name;
  };
  return { session, rest, calls, arrival, trips, clock, tab, local, state, reason };
}
