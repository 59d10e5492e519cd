/**
 * The trip of a page to the host and back: where one wanted to be, and that it is never repeated in a circle. Kept in
 * this tab's sessionStorage, which outlives the trip: a path and a time, never a token.
 */

import type { Keep } from "../model/ports";
import { parseRoute } from "../model/route";

const PATH = "tms.trip.path";
const BEGUN = "tms.trip.begun";
/** In localStorage: somebody who signed out wants to stay so, in every tab, until they sign in again. */
const SIGNED_OUT = "tms.signed-out";

/** A page that is here again so soon without having come back properly would only be sent round and round. */
const CIRCLE_MS = 60_000;

export class Trips {
  constructor(
    private readonly tab: Keep,
    private readonly local: Keep,
    private readonly now: () => number,
  ) {}

  /** May the page leave by itself? Not after a sign-out, not in a circle, not where nothing can be remembered. */
  mayLeave(): boolean {
    const begun = Number(this.tab.read(BEGUN) ?? Number.NaN);
    if (this.signedOut() || this.now() - begun < CIRCLE_MS) return false;
    this.tab.write(BEGUN, "0");
    return this.tab.read(BEGUN) === "0";
  }

  begin(path: string): void {
    this.tab.write(PATH, worthReturning(path) ? path : null);
    this.tab.write(BEGUN, String(this.now()));
  }

  signedOut(): boolean {
    return this.local.read(SIGNED_OUT) !== null;
  }

  /** Signed in: the trip is over, and so is an earlier sign-out. */
  arrived(): void {
    this.tab.write(BEGUN, null);
    this.local.write(SIGNED_OUT, null);
  }

  signOut(): void {
    this.local.write(SIGNED_OUT, "1");
  }
}

/** Is this tab on a trip that it began itself? Who was sent here by a link of somebody else's is not. */
export function isUnderWay(tab: Keep): boolean {
  return Number(tab.read(BEGUN)) > 0;
}

/** Back from the host: where one wanted to be. Asked once. */
export function takePath(tab: Keep): string {
  const path = tab.read(PATH);
  tab.write(PATH, null);
  tab.write(BEGUN, null);
  return path !== null && worthReturning(path) ? path : "/";
}

/** A path of this page (`//` would be another server), and one that shows something to somebody who is signed in. */
function worthReturning(path: string): boolean {
  return /^\/(?!\/)/.test(path) && parseRoute(path.replace(/[?#].*$/, ""), "").name === "conversation";
}
