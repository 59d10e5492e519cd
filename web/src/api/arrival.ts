/**
 * Coming back from the host. Evaluated before every other module of the page (main.tsx and the router import it first):
 * what the host put into the address leaves the address bar and the history here, before anything is asked or drawn.
 */
import { tab } from "./storage";
import { isUnderWay, takePath } from "./trip";

/** What the host gave along. It lives in this variable only, and is used up by the first session that comes of it. */
export type Ticket =
  /** An ordinary page load: nobody came from the host. */
  | { kind: "none" }
  /** Back without anything in the address: the host's cookie may speak for itself. */
  | { kind: "bare" }
  | { kind: "host_token"; token: string }
  | { kind: "code"; code: string }
  /** A code that was exchanged already: a code works once. */
  | { kind: "bearer"; token: string }
  | { kind: "error"; code: string };

/** A ticket that can be replaced and used up. A start that failed for want of a network is repeated with it. */
export interface Arrival {
  ticket: Ticket;
  /** This tab went to the host for it. Else it may be a link of the host's menu, or one of somebody who means no good. */
  asked: boolean;
}

export const CALLBACK = "/auth/callback";

/** The host's word for an error ends up on the screen, so it must look like a word and not like a message. */
const WORD = /^[\w.-]{1,60}$/;

export function readTicket(pathname: string, search: string): Ticket {
  if (pathname.replace(/\/+$/, "") !== CALLBACK) return { kind: "none" };
  const given = new URLSearchParams(search);
  const token = given.get("gcgc_token");
  const code = given.get("code");
  const error = given.get("error");
  if (token) return { kind: "host_token", token };
  if (code) return { kind: "code", code };
  if (error !== null) return { kind: "error", code: WORD.test(error) ? error : "" };
  return { kind: "bare" };
}

function arrive(): Arrival {
  // A test without a browser has no address.
  if (typeof window === "undefined" || !window.location) return { ticket: { kind: "none" }, asked: false };
  const ticket = readTicket(window.location.pathname, window.location.search);
  const asked = isUnderWay(tab);
  if (ticket.kind !== "none") history.replaceState(null, "", takePath(tab));
  return { ticket, asked };
}

export const arrival: Arrival = arrive();
