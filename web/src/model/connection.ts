/**
 * The connection as a named state machine: its states, and one table of what leads from each to which; `step` looks there,
 * is pure, and `model/line.ts` carries it out. It never gives up: the pause grows to half a minute, full jitter, and a returning network or a woken tab tries at once.
 */
import { type Diagnosis, needsAPerson } from "./diagnose";

export type SignedOutReason =
  /** The session is over. */
  | "token_missing"
  | "token_expired"
  | "token_invalid"
  /** Somebody else signed in with this browser. */
  | "elsewhere"
  | "deactivated"
  /** There was no session to begin with, and one begins at the host. */
  | "no_session"
  /** Only the host knows who this is, and it does not answer. */
  | "host_unavailable"
  /** The host or the server did not take what the person came back with. */
  | "host_refused";

export type ConnectionState =
  | { name: "signed_out"; reason: SignedOutReason | null }
  | { name: "connecting"; attempt: number; lostAt: number; why: Diagnosis | null }
  | { name: "online"; id: string }
  | { name: "waiting"; attempt: number; lostAt: number; why: Diagnosis | null; retryAt: number }
  /** Trying goes on, but somebody has to change a setting first; `why` says which. */
  | { name: "refused"; attempt: number; lostAt: number; why: Diagnosis; retryAt: number };

export type Input =
  | { kind: "start" }
  | { kind: "connected"; id: string }
  | { kind: "failed"; retryIn: number }
  | { kind: "diagnosed"; why: Diagnosis }
  | { kind: "retry"; fresh: boolean }
  /** The server ended a line whose token is over; a fresh token is being fetched. */
  | { kind: "renewing" }
  | { kind: "sign_out"; reason: SignedOutReason | null };

type Name = ConnectionState["name"];
type Named<N extends Name> = Extract<ConnectionState, { name: N }>;
type Kind = Input["kind"];

/** What an input makes of a state. One that is not in the table changes nothing: it came too late, or says nothing new. */
type Table = {
  readonly [N in Name]: {
    readonly [K in Kind]?: (
      state: Named<N>,
      input: Extract<Input, { kind: K }>,
      now: number,
    ) => ConnectionState;
  };
};

/** Possible at any time: somebody signs in or out. */
const always = {
  start: (_: unknown, __: unknown, now: number) => connecting({ attempt: 0, lostAt: now, why: null }),
  sign_out: (_: unknown, { reason }: { reason: SignedOutReason | null }) =>
    ({ name: "signed_out", reason }) as const,
};

/** While nothing is tried; the two differ only in whether a person has to do something. */
const paused = {
  ...always,
  diagnosed: (state: Paused, { why }: { why: Diagnosis }) => waiting({ ...state, why }, state.retryAt),
  retry: (state: Paused, { fresh }: { fresh: boolean }) =>
    connecting({ ...state, attempt: fresh ? 0 : state.attempt }),
};

export const transitions: Table = {
  signed_out: always,
  connecting: {
    ...always,
    connected: (_, { id }) => ({ name: "online", id }),
    failed: (state, { retryIn }, now) => waiting({ ...state, attempt: state.attempt + 1 }, now + retryIn),
    diagnosed: (state, { why }) => ({ ...state, why }),
  },
  online: {
    ...always,
    failed: (_, { retryIn }, now) => waiting({ attempt: 0, lostAt: now, why: null }, now + retryIn),
    renewing: (_, __, now) => connecting({ attempt: 0, lostAt: now, why: null }),
  },
  waiting: paused,
  refused: paused,
};

export function step(state: ConnectionState, input: Input, now: number): ConnectionState {
  const row: { [K in Kind]?: unknown } = transitions[state.name];
  const to = row[input.kind] as ((s: ConnectionState, i: Input, n: number) => ConnectionState) | undefined;
  return to ? to(state, input, now) : state;
}

interface Loss {
  attempt: number;
  lostAt: number;
  why: Diagnosis | null;
}
type Paused = Named<"waiting" | "refused">;

function connecting({ attempt, lostAt, why }: Loss): ConnectionState {
  return { name: "connecting", attempt, lostAt, why };
}

function waiting({ attempt, lostAt, why }: Loss, retryAt: number): ConnectionState {
  if (why && needsAPerson(why)) return { name: "refused", attempt, lostAt, why, retryAt };
  return { name: "waiting", attempt, lostAt, why, retryAt };
}

/** Milliseconds before attempt n+1: anything from nothing to 0.5 s, 1 s, 2 s … 30 s, so that a crowd spreads out. */
export function pause(attempt: number, random: number): number {
  return random * Math.min(30_000, 500 * 2 ** attempt);
}
