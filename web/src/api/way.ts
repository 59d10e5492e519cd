/** The two ways of having a session, with accounts of the server and through the host, as the session sees them. */
import type { SignedOutReason } from "../model/connection";
import type { Keep, Result } from "../model/ports";
import type { Failure } from "../model/types";
import type { LoginAnswer } from "./contract.gen";

export type Pass = Pick<LoginAnswer, "user" | "token">;

export type Restored =
  | { kind: "in"; pass: Pass }
  | { kind: "out"; reason: SignedOutReason | null; failure: Failure | null }
  /** The page is about to be left for the host: nothing is to be shown or asked any more. */
  | { kind: "leaving" }
  /** The server could not be asked. */
  | { kind: "failed"; failure: Failure };

export interface Way {
  /**
   * The session of an earlier page load.
   * @param byItself at the start of the page, which then may leave for the host; else somebody asked to look again
   */
  restore(byItself: boolean): Promise<Restored>;
  /** A fresh token for the session that goes on. */
  renew(current: string | null): Promise<Result<Pass>>;
  /** Could a renewal succeed at all? */
  renewable(): boolean;
  /**
   * Where it is remembered who was here, so that they can read on without the server. Null where `restore` would find
   * no session: nobody was here, or they signed out, or somebody may be about to come in.
   */
  memory(): Keep | null;
  /** Somebody signed in: sees to it that a reload finds the session. Answers what to go on with. */
  settle(pass: Pass): Promise<Pass>;
  /** The session is over, and nobody is remembered; `onPurpose` when the person ended it. */
  forget(onPurpose: boolean): void;
  /** To the host's sign-in page and back to where one is now. Null where there is none. */
  leave: (() => void) | null;
}

export const NO_SESSION: Failure = { code: "token_missing", detail: "", status: 401, retryAfter: null };

export function withBearer(token: string) {
  return { headers: { Authorization: `Bearer ${token}` } };
}

/** Why the session is over. Null when the failure does not mean that it is. */
export function ending({ status, code }: Failure): SignedOutReason | null {
  if (code === "account_deactivated") return "deactivated";
  if (status !== 401) return null;
  return code === "token_invalid" || code === "token_missing" ? code : "token_expired";
}

/** Cookies with SameSite=Lax go along within one site: same scheme, same registrable domain. */
export function cookieReaches(server: string, page: string): Reach {
  if (server === page) return "surely";
  const [a, b] = [new URL(server), new URL(page)];
  if (a.hostname === b.hostname && a.protocol === b.protocol) return "surely";
  const address = /^[\d.]+$|:/;
  if (a.protocol !== b.protocol || address.test(a.hostname) || address.test(b.hostname)) return "never";
  // A registrable domain has two labels at least; which ones have more, only a long public list knows.
  const end = (host: string) => host.split(".").slice(-2).join(".");
  return end(a.hostname) === end(b.hostname) ? "perhaps" : "never";
}

export type Reach = "surely" | "perhaps" | "never";
