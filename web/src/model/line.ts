/** The live line: carries out what `connection.ts` decides, with a socket, a clock, a diagnosis and the session's token. */
import { type ConnectionState, type Input, pause, type SignedOutReason, step } from "./connection";
import type { Diagnosis } from "./diagnose";
import type { Clock, Connect, Connection } from "./ports";
import type { ChatEvent } from "./types";

export interface LinePorts {
  clock: Clock;
  connect: Connect;
  /** The token to connect with. */
  token(): string | null;
  /** It is over or nearly so. */
  stale(): boolean;
  /**
   * A fresh token from the session, null when the session is over. Rejects never; network trouble answers "later".
   * `early`: the present one still works.
   */
  renew(early: boolean): Promise<string | null | "later">;
  diagnose(): Promise<Diagnosis>;
  changed(state: ConnectionState): void;
  event(event: ChatEvent): void;
}

/** How long a line that looks open may stay silent when asked. */
const ALIVE_MS = 4_000;
/** A renewal so soon after the last one did not bring a longer life: the session itself is nearly over. */
const SOON_MS = 10_000;

export class Line {
  private state: ConnectionState = { name: "signed_out", reason: null };
  private connection: Connection | null = null;
  private cancelTimer: () => void = () => {};
  private cancelFreshen: () => void = () => {};
  private freshenedAt = Number.NEGATIVE_INFINITY;
  /** Counts attempts, so that what a former one reports late is ignored. */
  private generation = 0;
  /** A token was renewed and has not connected yet: a second refusal ends the session instead of a loop. */
  private renewed = false;
  /** The network came back during this attempt, which may still fail for having begun without it. */
  private woken = false;

  constructor(private readonly ports: LinePorts) {}

  start(): void {
    this.renewed = false;
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
    else if (this.state.name === "online") void this.alive();
    else this.woken = true;
  }

  /** Whether it is open indeed: one that only looks so is found out within seconds, and is lost from then on. */
  async alive(): Promise<boolean> {
    const { connection, generation } = this;
    if (connection === null || this.state.name !== "online") return false;
    const alive = await connection.alive(ALIVE_MS);
    if (!alive && generation === this.generation && this.state.name === "online") this.lost();
    return this.state.name === "online";
  }

  typing(conversationId: string, typing: boolean): void {
    if (this.state.name === "online") this.connection?.typing(conversationId, typing);
  }

  /** Renews the token and tells the live line. Where there is none, the next one begins with the fresh token. */
  async freshen(): Promise<void> {
    if (this.state.name === "signed_out") return;
    this.freshenedAt = this.ports.clock.now();
    const generation = this.generation;
    const token = await this.ports.renew(true);
    if (generation !== this.generation || token === "later") return;
    if (token === null) this.stop("token_expired");
    // Should the server not take it, the line lives as long as its old token, and the next one begins with this one.
    else if (this.state.name === "online") await this.connection?.auth(token);
  }

  /** The token has `seconds` left. Asked again right after a renewal, half of that is waited, so nothing spins. */
  private expiring(seconds: number): void {
    this.cancelFreshen();
    const { clock } = this.ports;
    const soon = clock.now() - this.freshenedAt < SOON_MS;
    if (!soon) void this.freshen();
    else if (seconds > 1) this.cancelFreshen = clock.after(seconds * 500, () => void this.freshen());
  }

  private retry(fresh: boolean): void {
    this.cancelTimer();
    this.go({ kind: "retry", fresh });
    this.open();
  }

  private open(): void {
    this.hangUp();
    const token = this.ports.token();
    // After a start without the server there is none yet, and the session is still to be found.
    if (this.ports.stale() && !this.renewed) void this.renewOrEnd("token_expired");
    else if (token === null) this.stop("token_missing");
    else this.connect(token);
  }

  private connect(token: string): void {
    const generation = ++this.generation;
    this.woken = false;
    const current = (call: () => void) => {
      if (generation === this.generation) call();
    };
    this.connection = this.ports.connect(token, {
      connected: (id) =>
        current(() => {
          this.renewed = false;
          this.woken = false;
          this.go({ kind: "connected", id });
        }),
      refused: (code) => current(() => this.refused(code)),
      dropped: () => current(() => this.lost()),
      expiring: (seconds) => current(() => this.expiring(seconds)),
      event: (event) => current(() => this.ports.event(event)),
    });
  }

  private refused(code: string | null): void {
    if (code !== "token_expired" && code !== "token_invalid" && code !== "token_missing") {
      this.lost(code);
      return;
    }
    // An open line that the server ended: from here on it is one that is being opened.
    this.go({ kind: "renewing" });
    void this.renewOrEnd(code);
  }

  private async renewOrEnd(code: SignedOutReason): Promise<void> {
    if (this.renewed) return this.stop(code);
    const generation = this.generation;
    const token = await this.ports.renew(false);
    if (generation !== this.generation) return;
    if (token === null) return this.stop(code);
    if (token === "later") return this.lost();
    this.renewed = true;
    this.open();
  }

  /** The attempt failed or the line broke: pause, and find out why meanwhile, unless the server `said` it. */
  private lost(said: string | null = null): void {
    this.hangUp();
    // Trouble with the network says nothing about the token, which may well be over when it ends.
    this.renewed = false;
    const { clock } = this.ports;
    const attempt = this.state.name === "connecting" ? this.state.attempt : 0;
    const firstLoss = this.state.name === "online";
    const retryIn = this.woken ? 0 : pause(attempt, clock.random());
    this.go({ kind: "failed", retryIn });
    this.cancelTimer = clock.after(retryIn, () => this.retry(false));
    // A line that broke a moment ago is most likely back at once; a look is worth its price when an attempt failed.
    if (firstLoss) return;
    if (said !== null) this.go({ kind: "diagnosed", why: { kind: "said", sentence: said } });
    else this.ports.diagnose().then((why) => this.go({ kind: "diagnosed", why }));
  }

  private hangUp(): void {
    this.cancelTimer();
    this.cancelFreshen();
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
