/**
 * Who is signed in. The token lives in memory; how a session begins, comes back after a reload and is renewed differs
 * with where the accounts live, and is a `Way`.
 */
import type { SignedOutReason } from "../model/connection";
import type { Result } from "../model/ports";
import { createStore } from "../model/store";
import type { Failure, Person } from "../model/types";
import type { Credentials, LoginAnswer, NewAccountRequest, PasswordChange } from "./contract.gen";
import { keepLast, readLast } from "./last";
import { person } from "./normalise";
import { type Bearer, NETWORK, type Rest } from "./rest";
import { lifetimeMs } from "./token";
import { ending, NO_SESSION, type Pass, type Way } from "./way";

export type SessionState =
  /** Being looked for, or the page is about to be left for the host. */
  | { name: "unknown" }
  | { name: "in"; me: Person }
  /** `last` is who was signed in when the session ended by itself; `failure` what the server said about it. */
  | { name: "out"; reason: SignedOutReason | null; last: Person | null; failure: Failure | null };

/** A token with less than this left is renewed before it is used to connect. */
const NEARLY_OVER_MS = 10_000;

export class Session implements Bearer {
  readonly store = createStore<SessionState>({ name: "unknown" });
  private current: string | null = null;
  private expiresAt = Number.POSITIVE_INFINITY;
  private renewing: Promise<Result<string>> | null = null;
  /** Who signed out in another tab while this one was still looking for their session. */
  private readonly signedOutMeanwhile = new Set<string>();
  private readonly others =
    typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("tms.session");

  /** @param open calls without a token */
  constructor(
    private readonly open: Rest,
    private readonly way: Way,
    private readonly now: () => number = Date.now,
  ) {
    this.others?.addEventListener("message", ({ data }) => {
      const state = this.store.get();
      if (typeof data?.signedOut !== "string") return;
      if (state.name === "unknown") this.signedOutMeanwhile.add(data.signedOut);
      else if (state.name === "in" && state.me.id === data.signedOut) this.leave(null);
    });
  }

  token(): string | null {
    return this.current;
  }

  /** The token is over or nearly so: it is renewed before it is used for something that lasts. */
  stale(): boolean {
    return this.now() > this.expiresAt - NEARLY_OVER_MS;
  }

  /**
   * At page load. A failure means that the server could not be asked, not that nobody is signed in. Then whoever was here
   * last reads what this device has, without a token: the session is found when the server answers.
   * @param reached the server answered a moment ago; else it is not asked
   */
  async restore(reached = true): Promise<Failure | null> {
    if (!reached && this.way.memory() !== null) return this.goOn() ? null : NETWORK;
    const failure = await this.look(true);
    const away = failure !== null && (failure.status === 0 || failure.status >= 500);
    return away && this.goOn() ? null : failure;
  }

  /** Somebody asks to look again: for a session begun at the host meanwhile, or for a host that answers again. */
  tryAgain(): Promise<Failure | null> {
    return this.look(false);
  }

  /** To the host's sign-in page and back. Null where the page cannot go there. */
  get throughHost(): (() => void) | null {
    return this.way.leave;
  }

  signIn(email: string, password: string): Promise<Result<Person>> {
    return this.enter("/auth/login/credentials", { email, password } satisfies Credentials);
  }

  /** The first account, by the link the server printed. */
  setUp(account: NewAccountRequest): Promise<Result<Person>> {
    return this.enter("/auth/setup", account);
  }

  join(account: NewAccountRequest): Promise<Result<Person>> {
    return this.enter("/auth/signup", account);
  }

  /** All other sessions of the account end; this one goes on with the fresh token. */
  async changePassword(rest: Rest, current: string, next: string): Promise<Failure | null> {
    const answer = await rest.post<LoginAnswer>("/auth/password", {
      current_password: current,
      new_password: next,
    } satisfies PasswordChange);
    if (!answer.ok) return answer.failure;
    this.hold((await this.way.settle(answer.value)).token);
    return null;
  }

  async signOut(rest: Rest): Promise<void> {
    const state = this.store.get();
    // Signed out here at once, also when the server is slow or away; the call has taken its token along already.
    const told = rest.post("/auth/logout");
    if (state.name === "in") this.others?.postMessage({ signedOut: state.me.id });
    this.leave(null);
    await told;
  }

  async find(): Promise<string | null | "later"> {
    if (this.current !== null || !this.isIn()) return this.current;
    const answer = await this.renewed();
    return answer.ok ? answer.value : "later";
  }

  async renew(refused: string): Promise<string | null> {
    if (this.store.get().name === "out") return null;
    if (this.current !== null && this.current !== refused) return this.current;
    const answer = await this.renewed();
    return answer.ok ? answer.value : null;
  }

  /**
   * For the socket: "later" when the server could not be asked.
   * @param early the present token still works, so a session that cannot be renewed may go on until its end
   */
  async renewForSocket(early: boolean): Promise<string | null | "later"> {
    if (early && !this.way.renewable()) return "later";
    const answer = await this.renewed();
    if (answer.ok) return answer.value;
    return ending(answer.failure) === null ? "later" : null;
  }

  deactivated(failure: Failure): void {
    this.leave("deactivated", failure);
  }

  /** The session is over; the person may sign in again and go on. Without a reason they ended it themselves. */
  leave(reason: SignedOutReason | null, failure: Failure | null = null): void {
    this.current = null;
    this.way.forget(reason === null && this.store.get().name === "in");
    this.out(reason, failure);
  }

  private async look(byItself: boolean): Promise<Failure | null> {
    const found = await this.way.restore(byItself);
    if (found.kind === "in") {
      this.adopt(found.pass);
      if (this.signedOutMeanwhile.has(found.pass.user.id)) this.leave(null);
      this.signedOutMeanwhile.clear();
    }
    if (found.kind !== "in" && found.kind !== "failed") this.way.forget(false);
    if (found.kind === "out") {
      this.current = null;
      this.out(found.reason, found.failure);
    }
    return found.kind === "failed" || (found.kind === "out" && !byItself) ? found.failure : null;
  }

  private out(reason: SignedOutReason | null, failure: Failure | null): void {
    this.store.update((state) => {
      if (state.name === "out" && state.reason === reason) return { ...state, failure };
      const last = state.name === "in" ? state.me : state.name === "out" ? state.last : null;
      return { name: "out", reason, last: reason === null ? null : last, failure };
    });
  }

  private async enter(path: string, body: object): Promise<Result<Person>> {
    const answer = await this.open.post<LoginAnswer>(path, body);
    if (!answer.ok) return answer;
    this.adopt(await this.way.settle(answer.value));
    return { ok: true, value: person(answer.value.user) };
  }

  private adopt(pass: Pass): void {
    this.hold(pass.token);
    const me = this.remember(pass);
    this.store.update(() => ({ name: "in", me }));
  }

  private remember({ user }: Pass): Person {
    const me = person(user);
    keepLast(this.way.memory(), me, this.now());
    return me;
  }

  /** Whoever was here last goes on; false where nobody is remembered. */
  private goOn(): boolean {
    const me = readLast(this.way.memory(), this.now());
    if (!me) return false;
    this.expiresAt = Number.NEGATIVE_INFINITY;
    this.store.update(() => ({ name: "in", me }));
    return true;
  }

  private hold(token: string): void {
    this.current = token;
    this.expiresAt = this.now() + (lifetimeMs(token) ?? Number.POSITIVE_INFINITY);
  }

  private renewed(): Promise<Result<string>> {
    this.renewing ??= this.ask().finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private async ask(): Promise<Result<string>> {
    const awaited = this.current === null && this.isIn();
    const answer = await (awaited ? this.found() : this.way.renew(this.current));
    const state = this.store.get();
    // Signed out while the answer was on its way.
    if (state.name === "out") return { ok: false, failure: NO_SESSION };
    if (!answer.ok) {
      const reason = ending(answer.failure);
      if (reason !== null) this.leave(reason, answer.failure);
      return answer;
    }
    // Somebody else signed in with this browser meanwhile: their token is not for what this tab shows.
    if (state.name === "in" && state.me.id !== answer.value.user.id) {
      this.leave("elsewhere");
      return { ok: false, failure: NO_SESSION };
    }
    this.hold(answer.value.token);
    this.remember(answer.value);
    return { ok: true, value: answer.value.token };
  }

  /** The session of somebody who goes on without a token. */
  private async found(): Promise<Result<Pass>> {
    // The way may lead through the host's page, and the page is not left while nobody answers.
    const server = await this.open.get("/config");
    if (!server.ok) return server;
    if (!this.isIn()) return { ok: false, failure: NO_SESSION };
    const found = await this.way.restore(true);
    if (found.kind === "in") return { ok: true, value: found.pass };
    if (found.kind === "failed") return { ok: false, failure: found.failure };
    // With a reason: what they wrote waits for them.
    if (found.kind === "out" && this.isIn()) this.leave(found.reason ?? "token_expired", found.failure);
    else this.way.forget(false);
    return { ok: false, failure: NETWORK };
  }

  private isIn(): boolean {
    return this.store.get().name === "in";
  }
}
