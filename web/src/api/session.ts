/**
 * Who is signed in. The token lives in memory. A reload comes back through the server's HttpOnly cookie; where the
 * server is another site and browsers withhold that cookie, the token stays in this tab's sessionStorage. Never in
 * localStorage, which every later visitor of the browser could read.
 */
import type { SignedOutReason } from "../model/connection";
import type { Result } from "../model/ports";
import { createStore } from "../model/store";
import type { Failure, Person } from "../model/types";
import type { Credentials, LoginAnswer, NewAccountRequest, PasswordChange } from "./contract.gen";
import { person } from "./normalise";
import type { Bearer, Rest } from "./rest";
import { local, tab } from "./storage";

export type SessionState =
  | { name: "unknown" }
  | { name: "in"; me: Person }
  /** `last` is who was signed in when the session ended by itself. */
  | { name: "out"; reason: SignedOutReason | null; last: Person | null };

const TOKEN = "tms.token";
/** Says only that somebody signed in here once, so that a first visit does not ask for a session in vain. */
const SEEN = "tms.session";

const NO_SESSION: Failure = { code: "token_invalid", detail: "", status: 401, retryAfter: null };

/** Cookies with SameSite=Lax go along within one site: same scheme, same registrable domain. */
export function cookieReaches(server: string, page: string): "surely" | "perhaps" | "never" {
  if (server === page) return "surely";
  const [a, b] = [new URL(server), new URL(page)];
  if (a.hostname === b.hostname && a.protocol === b.protocol) return "surely";
  const address = /^[\d.]+$|:/;
  if (a.protocol !== b.protocol || address.test(a.hostname) || address.test(b.hostname)) return "never";
  // A registrable domain has two labels at least; which ones have more, only a long public list knows.
  const end = (host: string) => host.split(".").slice(-2).join(".");
  return end(a.hostname) === end(b.hostname) ? "perhaps" : "never";
}

export class Session implements Bearer {
  readonly store = createStore<SessionState>({ name: "unknown" });
  private current: string | null = null;
  private renewing: Promise<Result<string>> | null = null;
  private readonly others =
    typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("tms.session");

  /**
   * @param open calls without a token
   * @param cookie whether the server's cookie reaches it from this page
   */
  constructor(
    private readonly open: Rest,
    private readonly cookie: "surely" | "perhaps" | "never",
  ) {
    this.others?.addEventListener("message", ({ data }) => {
      const state = this.store.get();
      if (data?.signedOut !== undefined && state.name === "in" && state.me.id === data.signedOut)
        this.leave(null);
    });
  }

  token(): string | null {
    return this.current;
  }

  /** At page load. A failure means that the server could not be asked, not that nobody is signed in. */
  async restore(): Promise<Failure | null> {
    this.current = tab.read(TOKEN);
    if (this.current !== null) return null;
    if (local.read(SEEN) === null) {
      this.leave(null);
      return null;
    }
    const answer = await this.fromCookie();
    if (answer.ok) this.adopt(answer.value);
    else if (answer.failure.status === 401) this.leave(null);
    else return answer.failure;
    return null;
  }

  /** A token from this tab whose owner is not known yet. */
  needsOwner(): boolean {
    return this.current !== null && this.store.get().name === "unknown";
  }

  own(me: Person): void {
    this.store.update(() => ({ name: "in", me }));
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
    await this.keep(answer.value);
    this.current = answer.value.token;
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

  async renew(refused: string): Promise<string | null> {
    if (this.store.get().name === "out") return null;
    if (this.current !== null && this.current !== refused) return this.current;
    const answer = await this.renewed();
    return answer.ok ? answer.value : null;
  }

  /** For the socket: "later" when the server could not be asked. */
  async renewForSocket(): Promise<string | null | "later"> {
    const answer = await this.renewed();
    if (answer.ok) return answer.value;
    return answer.failure.status === 401 ? null : "later";
  }

  /** The session is over; the person may sign in again and go on. */
  leave(reason: SignedOutReason | null): void {
    this.current = null;
    tab.write(TOKEN, null);
    local.write(SEEN, null);
    this.store.update((state) => {
      if (state.name === "out" && state.reason === reason) return state;
      return { name: "out", reason, last: reason !== null && state.name === "in" ? state.me : null };
    });
  }

  private async enter(path: string, body: object): Promise<Result<Person>> {
    const answer = await this.open.post<LoginAnswer>(path, body);
    if (!answer.ok) return answer;
    await this.keep(answer.value);
    this.adopt(answer.value);
    return { ok: true, value: person(answer.value.user) };
  }

  /** Sees to it that a reload of this tab finds the session again. */
  private async keep(answer: LoginAnswer): Promise<void> {
    local.write(SEEN, "1");
    const works =
      this.cookie === "surely" || (this.cookie === "perhaps" && (await this.cookieWorks(answer.user.id)));
    tab.write(TOKEN, works ? null : answer.token);
  }

  private async cookieWorks(userId: string): Promise<boolean> {
    const session = await this.fromCookie();
    return session.ok && session.value.user.id === userId;
  }

  private adopt(answer: LoginAnswer): void {
    this.current = answer.token;
    this.store.update(() => ({ name: "in", me: person(answer.user) }));
  }

  private renewed(): Promise<Result<string>> {
    this.renewing ??= this.ask().finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private async ask(): Promise<Result<string>> {
    const answer = await this.fromCookie();
    const state = this.store.get();
    if (!answer.ok) {
      if (answer.failure.status === 401)
        this.leave(answer.failure.code === "token_invalid" ? "token_invalid" : "token_expired");
      return answer;
    }
    // Somebody else signed in with this browser meanwhile: their token is not for what this tab shows.
    if (state.name === "in" && state.me.id !== answer.value.user.id) {
      this.leave("elsewhere");
      return { ok: false, failure: NO_SESSION };
    }
    this.current = answer.value.token;
    return { ok: true, value: answer.value.token };
  }

  private async fromCookie(): Promise<Result<LoginAnswer>> {
    if (this.cookie === "never") return { ok: false, failure: NO_SESSION };
    return this.open.post<LoginAnswer>("/auth/session");
  }
}
