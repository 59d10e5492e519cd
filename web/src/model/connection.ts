/**
 * The connection as a named state machine. `step` is pure and says what comes next; `Line` carries it out with a
 * socket, a clock and a diagnosis. It never gives up: the pause grows to half a minute, full jitter, and a returning
 * network or a woken tab tries at once.
 */
import { type Diagnosis, needsAPerson } from "./diagnose";
import type { Clock, Connect, Connection } from "./ports";
import type { ChatEvent } from "./types";

export type SignedOutReason = "token_missing" | "token_expired" | "token_invalid" | "elsewhere";

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

export interface LinePorts {
  clock: Clock;
  connect: Connect;
  /** The token to connect with. */
  token(): string | null;
  /** A fresh token from the session, null when the session is over. Rejects never; network trouble answers "later". */
  renew(): Promise<string | null | "later">;
  diagnose(): Promise<Diagnosis>;
  changed(state: ConnectionState): void;
  event(event: ChatEvent): void;
}

/** How long a line that looks open may stay silent when asked. */
const ALIVE_MS = 4_000;

export class Line {
  private state: ConnectionState = { name: "signed_out", reason: null };
  private connection: Connection | null = null;
  private cancelTimer: () => void = () => {};
  /** Counts attempts, so that what a former one reports late is ignored. */
  private generation = 0;
  /** A token was renewed and has not connected yet: a second refusal ends the session instead of a loop. */
  private renewed = false;

  constructor(private readonly ports: LinePorts) {}

  start(): void {
    this.go({ kind: "start" });
    this.open();
  }

  stop(reason: SignedOutReason | null): void {
    this.hangUp();
    this.go({ kind: "sign_out", reason });
  }

  /** "Retry now", a returned network, a woken tab. Harmless at any time. */
  wake(): void {
    if (this.state.name === "waiting" || this.state.name === "refused") this.retry(true);
    else if (this.state.name === "online") this.check();
  }

  typing(conversationId: string, typing: boolean): void {
    if (this.state.name === "online") this.connection?.typing(conversationId, typing);
  }

  private check(): void {
    const generation = this.generation;
    this.connection?.alive(ALIVE_MS).then((alive) => {
      if (!alive && generation === this.generation && this.state.name === "online") this.lost();
    });
  }

  private retry(fresh: boolean): void {
    this.cancelTimer();
    this.go({ kind: "retry", fresh });
    this.open();
  }

  private open(): void {
    this.hangUp();
    const generation = ++this.generation;
    const current = (call: () => void) => {
      if (generation === this.generation) call();
    };
    const token = this.ports.token();
    if (token === null) {
      this.stop("token_missing");
      return;
    }
    this.connection = this.ports.connect(token, {
      connected: (id) =>
        current(() => {
          this.renewed = false;
          this.go({ kind: "connected", id });
        }),
      refused: (code) => current(() => this.refused(code)),
      dropped: () => current(() => this.lost()),
      event: (event) => current(() => this.ports.event(event)),
    });
  }

  private refused(code: string | null): void {
    if (code === "token_expired" || code === "token_invalid" || code === "token_missing")
      this.renewOrEnd(code);
    else this.lost(code);
  }

  private async renewOrEnd(code: SignedOutReason): Promise<void> {
    if (this.renewed) return this.stop(code);
    const generation = this.generation;
    const token = await this.ports.renew();
    if (generation !== this.generation) return;
    if (token === null) return this.stop(code);
    if (token === "later") return this.lost();
    this.renewed = true;
    this.open();
  }

  /** The attempt failed or the line broke: pause, and find out why meanwhile, unless the server `said` it. */
  private lost(said: string | null = null): void {
    this.hangUp();
    const { clock } = this.ports;
    const attempt = this.state.name === "connecting" ? this.state.attempt : 0;
    const firstLoss = this.state.name === "online";
    const retryIn = pause(attempt, clock.random());
    this.go({ kind: "failed", retryIn });
    this.cancelTimer = clock.after(retryIn, () => this.retry(false));
    // A line that broke a moment ago is most likely back at once; a look is worth its price when an attempt failed.
    if (firstLoss) return;
    if (said !== null) this.go({ kind: "diagnosed", why: { kind: "said", sentence: said } });
    else this.ports.diagnose().then((why) => this.go({ kind: "diagnosed", why }));
  }

  private hangUp(): void {
    this.cancelTimer();
    const connection = this.connection;
    this.connection = null;
    this.generation++;
    connection?.close();
  }

  private go(input: Input): void {
    const next = step(this.state, input, this.ports.clock.now());
    if (next === this.state) return;
    this.state = next;
    this.ports.changed(next);
  }
}
