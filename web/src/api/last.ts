/**
 * Who was signed in last: a page that opens without the server shows them what this device has of their history. It opens
 * nothing at the server, which still decides whether their session goes on.
 */
import type { Keep } from "../model/ports";
import type { Person } from "../model/types";

const LAST = "tms.last";
/** Whoever was not at the server for so long has to go there first. */
const FORGET_MS = 30 * 86_400_000;

export function keepLast(keep: Keep | null, me: Person, now: number): void {
  keep?.write(LAST, JSON.stringify({ me, at: now }));
}

export function readLast(keep: Keep | null, now: number): Person | null {
  try {
    const { me, at } = JSON.parse(keep?.read(LAST) ?? "{}") as { me?: Person; at?: number };
    return me?.id && at !== undefined && now - at < FORGET_MS ? me : null;
  } catch {
    return null;
  }
}

export function forgetLast(...keeps: Keep[]): void {
  for (const keep of keeps) keep.write(LAST, null);
}
