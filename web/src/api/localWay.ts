/**
 * Sessions of the server's own accounts. A reload comes back through the server's HttpOnly cookie; where the server is
 * another site and browsers withhold that cookie, the token stays in this tab's sessionStorage. Never in localStorage,
 * which every later visitor of the browser could read.
 */
import type { Keep, Result } from "../model/ports";
import type { User } from "./contract.gen";
import { forgetLast } from "./last";
import type { Rest } from "./rest";
import { ending, NO_SESSION, type Pass, type Reach, type Restored, type Way, withBearer } from "./way";

const TOKEN = "tms.token";
/** Says only that somebody signed in here once, so that a first visit does not ask for a session in vain. */
const SEEN = "tms.session";

export class LocalWay implements Way {
  readonly leave = null;

  /**
   * @param open calls without a token
   * @param cookie whether the server's cookie reaches it from this page
   */
  constructor(
    private readonly open: Rest,
    private readonly cookie: Reach,
    private readonly tab: Keep,
    private readonly local: Keep,
  ) {}

  async restore(): Promise<Restored> {
    const token = this.tab.read(TOKEN);
    if (token === null && this.local.read(SEEN) === null) return { kind: "out", reason: null, failure: null };
    const answer = token === null ? await this.fromCookie() : await this.fromTab(token);
    if (answer.ok) return { kind: "in", pass: answer.value };
    const reason = ending(answer.failure);
    if (reason === null) return { kind: "failed", failure: answer.failure };
    this.forget();
    // A cookie that ran out between two visits is no surprise; in a tab that was just reloaded it is one.
    return { kind: "out", reason: token === null ? null : reason, failure: answer.failure };
  }

  renew(): Promise<Result<Pass>> {
    return this.fromCookie();
  }

  renewable(): boolean {
    return this.cookie !== "never" && this.tab.read(TOKEN) === null;
  }

  /** With the token: what a new tab asks the password for, it does not show without a network either. */
  memory(): Keep | null {
    if (this.tab.read(TOKEN) !== null) return this.tab;
    return this.cookie !== "never" && this.local.read(SEEN) !== null ? this.local : null;
  }

  async settle(pass: Pass): Promise<Pass> {
    this.local.write(SEEN, "1");
    const works =
      this.cookie === "surely" || (this.cookie === "perhaps" && (await this.cookieWorks(pass.user.id)));
    this.tab.write(TOKEN, works ? null : pass.token);
    return pass;
  }

  forget(): void {
    this.tab.write(TOKEN, null);
    this.local.write(SEEN, null);
    forgetLast(this.tab, this.local);
  }

  private async cookieWorks(userId: string): Promise<boolean> {
    const session = await this.fromCookie();
    return session.ok && session.value.user.id === userId;
  }

  private async fromTab(token: string): Promise<Result<Pass>> {
    const me = await this.open.get<User>("/users/me", withBearer(token));
    return me.ok ? { ok: true, value: { user: me.value, token } } : me;
  }

  private async fromCookie(): Promise<Result<Pass>> {
    if (this.cookie === "never") return { ok: false, failure: NO_SESSION };
    return this.open.post<Pass>("/auth/session");
  }
}
