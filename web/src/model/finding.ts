/** Searching in messages, until there is something to show. */
import type { Clock, Result } from "./ports";
import type { Hit, Hits } from "./requests";
import type { Failure } from "./types";

/**
 * Short words are looked for step by step, so many messages at a time; a step without a hit is no answer, and the next one
 * is asked for. So many of them in a row, then one has to want it.
 */
export const MOST_EMPTY = 20;
/** A pause the server asks for is waited out up to this many seconds. */
const PATIENCE_S = 5;

export interface Finds {
  hits: Hit[];
  /** Where to go on; also after a failure, which may have come some steps later. */
  next: string | null;
  failure: Failure | null;
}

/**
 * The next page that has hits.
 *
 * @param wanted asked before every step: nobody waits for an answer to a question that has changed meanwhile
 */
export async function findNext(
  search: (cursor: string | null) => Promise<Result<Hits>>,
  cursor: string | null,
  clock: Clock,
  wanted: () => boolean,
): Promise<Finds> {
  let next = cursor;
  for (let empty = 0; empty < MOST_EMPTY && wanted(); ) {
    const answer = await search(next);
    if (!answer.ok) {
      const { status, retryAfter } = answer.failure;
      const waits = status === 429 && retryAfter !== null && retryAfter <= PATIENCE_S;
      if (!waits || !wanted()) return { hits: [], next, failure: answer.failure };
      await new Promise<void>((done) => clock.after(retryAfter * 1_000, done));
      empty++;
      continue;
    }
    next = answer.value.next;
    if (answer.value.hits.length > 0 || next === null) return { ...answer.value, failure: null };
    empty++;
  }
  return { hits: [], next, failure: null };
}
