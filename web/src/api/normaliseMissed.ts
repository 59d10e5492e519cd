/** What is told to somebody who was away: the socket's events, with their names, in answers of REST. */
import type * as model from "../model/ports";
import type { ChatEvent } from "../model/types";
import type * as wire from "./contract.gen";
import { events } from "./normalise";

const known: Record<string, ((raw: never) => ChatEvent) | undefined> = events;

export function missed(raw: wire.SyncAnswer): model.Missed {
  return {
    epoch: raw.epoch,
    at: raw.at,
    events: raw.events.flatMap(told),
    more: raw.more,
    // A server of an earlier version, in the middle of an upgrade, has told what it tells.
    moreReceipts: raw.more_receipts ?? false,
    tooFar: raw.too_far,
    left: raw.left,
    heads: raw.heads,
    cleared: raw.history_after,
  };
}

export function missedHere(raw: wire.EventsAnswer): model.MissedHere {
  return { events: raw.events.flatMap(told), more: raw.more, begins: raw.begins, head: raw.head };
}

/** Of a change that a newer server tells of and we do not know, the number counts: else it would be missing for ever. */
function told({ name, body }: wire.CaughtUpEvent): ChatEvent[] {
  const normalise = known[name];
  if (normalise) return [normalise(body as never)];
  const { conversation_id: conversationId, seq } = body;
  const numbered = typeof conversationId === "string" && typeof seq === "number";
  return numbered ? [{ kind: "unseen", conversationId, seq }] : [];
}
