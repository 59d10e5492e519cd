/**
 * The connection as a named state machine: `step` is pure and says what comes next, `model/line.ts` carries it out. It
 * never gives up: the pause grows to half a minute, full jitter, and a returning network or a woken tab tries at once.
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

export function step(state: ConnectionState, input: Input, now: number): ConnectionState {
  switch (input.kind) {
    case "start":
      return { name: "connecting", attempt: 0, lostAt: now, why: null };
    case "connected":
      return state.name === "connecting" ? { name: "online", id: input.id } : state;
    case "failed": {
      if (state.name === "online")
        return { name: "waiting", attempt: 0, lostAt: now, why: null, retryAt: now + input.retryIn };
      if (state.name !== "connecting") return state;
      return waiting({ ...state, attempt: state.attempt + 1 }, now + input.retryIn);
    }
    case "diagnosed":
      if (state.name === "connecting") return { ...state, why: input.why };
      return state.name === "waiting" || state.name === "refused"
        ? waiting({ ...state, why: input.why }, state.retryAt)
        : state;
    case "retry":
      if (state.name !== "waiting" && state.name !== "refused") return state;
      return {
        name: "connecting",
        attempt: input.fresh ? 0 : state.attempt,
        lostAt: state.lostAt,
        why: state.why,
      };
    case "renewing":
      return state.name === "online" ? { name: "connecting", attempt: 0, lostAt: now, why: null } : state;
    case "sign_out":
      return { name: "signed_out", reason: input.reason };
  }
}

function waiting(
  from: { attempt: number; lostAt: number; why: Diagnosis | null },
  retryAt: number,
): ConnectionState {
  const { attempt, lostAt, why } = from;
  if (why && needsAPerson(why)) return { name: "refused", attempt, lostAt, why, retryAt };
  return { name: "waiting", attempt, lostAt, why, retryAt };
}

/** Milliseconds before attempt n+1: anything from nothing to 0.5 s, 1 s, 2 s … 30 s, so that a crowd spreads out. */
export function pause(attempt: number, random: number): number {
  return random * Math.min(30_000, 500 * 2 ** attempt);
}
