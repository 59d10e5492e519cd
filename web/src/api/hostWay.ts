/**
 * Sessions that come from the host. The page goes there to sign in and comes back with a ticket, which the server
 * exchanges for a short token of its own. That token lives in memory and nowhere else: it renews itself while the host's
 * session lives, and a reload comes back through a cookie where one reaches the server, else silently through the host.
 */
import type { Keep, Result } from "../model/ports";
import type { Failure } from "../model/types";
import type { Arrival, Ticket } from "./arrival";
import type { Host } from "./host";
import { forgetLast } from "./last";
import type { Options, Rest } from "./rest";
import { Trips } from "./trip";
import { ending, NO_SESSION, type Pass, type Reach, type Restored, type Way, withBearer } from "./way";

export interface HostPorts {
  /** Calls without a token. */
  open: Rest;
  host: Host;
  cookie: Reach;
  arrival: Arrival;
  tab: Keep;
  local: Keep;
  now(): number;
  /** Path, query and fragment of the page. */
  here(): string;
  /** Leaves the page for the host's sign-in page; its entry in the history is replaced. */
  go(): void;
}

export class HostWay implements Way {
  readonly leave: (() => void) | null;
  private readonly trips: Trips;

  constructor(private readonly ports: HostPorts) {
    this.trips = new Trips(ports.tab, ports.local, ports.now);
    this.leave = ports.host.signInUrl === null ? null : () => this.goThroughHost();
  }

  async restore(byItself: boolean): Promise<Restored> {
    const { ticket } = this.ports.arrival;
    if (ticket.kind === "error") {
      this.ports.arrival.ticket = { kind: "none" };
      return { kind: "out", reason: "host_refused", failure: refusal(ticket.code) };
    }
    if (byItself && (await this.distrusts(ticket))) {
      this.ports.arrival.ticket = { kind: "none" };
      if (!this.trips.signedOut() && this.leave && this.trips.mayLeave()) {
        this.leave();
        return { kind: "leaving" };
      }
    }
    const cameBack = this.ports.arrival.ticket.kind !== "none";
    if (byItself && !cameBack && this.trips.signedOut()) return { kind: "out", reason: null, failure: null };
    const answer = await this.enter();
    if (answer.ok) {
      this.arrived();
      return { kind: "in", pass: answer.value };
    }
    const { failure } = answer;
    const reason = ending(failure);
    if (failure.code === "host_unavailable") return { kind: "out", reason: "host_unavailable", failure };
    if (reason === null && passing(failure)) return { kind: "failed", failure };
    this.ports.arrival.ticket = { kind: "none" };
    if (reason === "deactivated" || reason === null)
      return { kind: "out", reason: reason ?? "host_refused", failure };
    if (byItself && !cameBack && this.leave && this.trips.mayLeave()) {
      this.leave();
      return { kind: "leaving" };
    }
    // Where the page cannot go to the host by itself, a first visit simply has no session yet.
    const first = !cameBack && this.leave === null;
    return { kind: "out", reason: first ? "no_session" : reason, failure };
  }

  async renew(current: string | null): Promise<Result<Pass>> {
    const answer = await this.session(current === null ? {} : withBearer(current));
    if (answer.ok || current === null || this.ports.cookie === "never") return answer;
    // The host may have prolonged its own session, whose cookie then begins a new one here.
    return answer.failure.status === 401 ? this.session({}) : answer;
  }

  renewable(): boolean {
    return true;
  }

  memory(): Keep | null {
    const { arrival, local } = this.ports;
    return arrival.ticket.kind === "none" && !this.trips.signedOut() ? local : null;
  }

  /** The long token of the password form becomes a short one, with the cookie beside it. */
  async settle(pass: Pass): Promise<Pass> {
    const short = await this.session(withBearer(pass.token));
    this.arrived();
    return short.ok ? short.value : pass;
  }

  forget(onPurpose: boolean): void {
    forgetLast(this.ports.local);
    if (onPurpose) this.trips.signOut();
  }

  /**
   * A way in that this tab did not go for must not change who is here: not undo a sign-out, and not put somebody else in
   * the place of whoever is signed in. Then the host says who it is. In a fresh browser it leads in with one click.
   */
  private async distrusts({ kind }: Ticket): Promise<boolean> {
    const { arrival, cookie } = this.ports;
    if (arrival.asked || (kind !== "host_token" && kind !== "code")) return false;
    if (this.trips.signedOut()) return true;
    return this.leave !== null && cookie !== "never" && (await this.session({})).ok;
  }

  private arrived(): void {
    this.ports.arrival.ticket = { kind: "none" };
    this.trips.arrived();
  }

  private goThroughHost(): void {
    this.trips.begin(this.ports.here());
    this.ports.go();
  }

  /** With what the host gave along, else with a cookie. */
  private async enter(): Promise<Result<Pass>> {
    const { arrival, cookie, open } = this.ports;
    if (arrival.ticket.kind === "code") {
      const answer = await open.post<Pass>("/auth/sso/exchange", { code: arrival.ticket.code });
      if (!answer.ok) return answer;
      arrival.ticket = { kind: "bearer", token: answer.value.token };
    }
    const { ticket } = arrival;
    if (ticket.kind === "host_token")
      return this.session({ headers: { "X-GCGC-Session-Token": ticket.token } });
    if (ticket.kind === "bearer") return this.session(withBearer(ticket.token));
    // No cookie of the server's site goes along from here, so there is nothing to ask with.
    return cookie === "never" ? { ok: false, failure: NO_SESSION } : this.session({});
  }

  private session(options: Options): Promise<Result<Pass>> {
    return this.ports.open.post<Pass>("/auth/session", undefined, options);
  }
}

/** It may work in a moment, with the same ticket. */
function passing({ status }: Failure): boolean {
  return status === 0 || status === 429 || status >= 500;
}

function refusal(code: string): Failure {
  return { code, detail: "", status: 400, retryAfter: null };
}
