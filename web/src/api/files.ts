/**
 * Addresses under which the browser itself can load a file. `<img>`, `<audio>` and `<video>` send no bearer token, and a
 * cookie is not there on another site: so each file has a ticket, asked for when it is about to be shown and kept in
 * memory until shortly before it ends.
 */
import type { Result } from "../model/ports";
import type * as wire from "./contract.gen";
import type { Rest } from "./rest";

/** Asked for at once. A page of pictures must not crowd out the message somebody writes meanwhile. */
const AT_ONCE = 4;
/** No ticket is handed out that ends while its file may still be loading. */
const NEARLY_OVER_MS = 5 * 60_000;

export interface FileAddresses {
  /** Only what is known already. */
  known(fileId: string, thumbnail: boolean): string | null;
  /** Resolves null when `wanted` says no before it was asked for: it has been scrolled past. */
  find(fileId: string, thumbnail: boolean, wanted: () => boolean): Promise<Result<string> | null>;
  /** The ticket did not work: the next call asks for another one. */
  forget(fileId: string): void;
  /** It cannot be had, also with a fresh ticket: not asked for again at each time it comes near the screen. */
  giveUp(fileId: string): void;
  isGivenUp(fileId: string): boolean;
  clear(): void;
}

export function createFileAddresses(rest: Rest, base: string, now: () => number): FileAddresses {
  const tickets = new Map<string, { ticket: string; until: number }>();
  /** Waiting or running, by file. */
  const asks = new Map<string, Ask>();
  const queue: string[] = [];
  const givenUp = new Set<string>();
  let running = 0;

  function address(fileId: string, ticket: string, thumbnail: boolean): string {
    // From where this page reaches the server, which may differ from the name the server has for itself.
    const query = new URLSearchParams({ ...(thumbnail ? { thumbnail: "1" } : {}), ticket });
    return `${base}/files/${encodeURIComponent(fileId)}?${query}`;
  }

  function known(fileId: string, thumbnail: boolean): string | null {
    const found = tickets.get(fileId);
    return found && found.until > now() ? address(fileId, found.ticket, thumbnail) : null;
  }

  async function fetchTicket(fileId: string): Promise<Outcome> {
    const answer = await rest.post<wire.Ticket>(`/files/${encodeURIComponent(fileId)}/ticket`);
    if (!answer.ok) return answer;
    const { url, expiresAt } = answer.value;
    const ticket = new URL(url, base).searchParams.get("ticket") ?? "";
    tickets.set(fileId, { ticket, until: Date.parse(expiresAt) - NEARLY_OVER_MS });
    return { ok: true, value: ticket };
  }

  function finish(fileId: string, outcome: Outcome): void {
    const ask = asks.get(fileId);
    asks.delete(fileId);
    ask?.done(outcome);
  }

  function pump(): void {
    while (running < AT_ONCE) {
      // The newest first: it is what one looks at.
      const fileId = queue.pop();
      if (fileId === undefined) return;
      if (!asks.get(fileId)?.wanted.some((wanted) => wanted())) {
        finish(fileId, null);
        continue;
      }
      running++;
      void fetchTicket(fileId).then((outcome) => {
        running--;
        finish(fileId, outcome);
        pump();
      });
    }
  }

  function join(fileId: string, wanted: () => boolean): Promise<Outcome> {
    let ask = asks.get(fileId);
    if (!ask) {
      ask = newAsk();
      asks.set(fileId, ask);
      queue.push(fileId);
    }
    ask.wanted.push(wanted);
    pump();
    return ask.outcome;
  }

  return {
    known,
    async find(fileId, thumbnail, wanted) {
      const at = known(fileId, thumbnail);
      if (at !== null) return { ok: true, value: at };
      const ticket = await join(fileId, wanted);
      return ticket?.ok ? { ok: true, value: address(fileId, ticket.value, thumbnail) } : ticket;
    },
    forget(fileId) {
      tickets.delete(fileId);
      givenUp.delete(fileId);
    },
    giveUp: (fileId) => void givenUp.add(fileId),
    isGivenUp: (fileId) => givenUp.has(fileId),
    clear() {
      tickets.clear();
      givenUp.clear();
    },
  };
}

/** A ticket; null: nobody wanted it any more. */
type Outcome = Result<string> | null;

interface Ask {
  wanted: (() => boolean)[];
  outcome: Promise<Outcome>;
  done(outcome: Outcome): void;
}

function newAsk(): Ask {
  let done: Ask["done"] = () => {};
  const outcome = new Promise<Outcome>((resolve) => {
    done = resolve;
  });
  return { wanted: [], outcome, done };
}
