/** Drafts and unsent messages as text that survives a reload. What cannot be read back is left out, never fatal. */
import type { Keep } from "./ports";
import type { Outgoing, State } from "./state";

export function keptDrafts(drafts: State["drafts"]): string | null {
  return Object.keys(drafts).length > 0 ? JSON.stringify(drafts) : null;
}

export function keptOutbox(outbox: State["outbox"]): string | null {
  // The bytes of a file would not fit: the page warns before it is left instead.
  const unsent = Object.values(outbox).flatMap((queue) => queue.filter((o) => o.state !== "sent" && !o.file));
  return unsent.length > 0 ? JSON.stringify(unsent) : null;
}

export function adoptKept(state: State, drafts: Keep, unsent: Keep): State {
  const me = state.me?.id ?? "";
  return { ...state, drafts: readDrafts(drafts.read(me)), outbox: readOutbox(unsent.read(me)) };
}

function readDrafts(text: string | null): Record<string, string> {
  const value = parse(text);
  if (value === null || typeof value !== "object") return {};
  return Object.fromEntries(Object.entries(value).filter(([, draft]) => typeof draft === "string")) as Record<
    string,
    string
  >;
}

function readOutbox(text: string | null): Record<string, Outgoing[]> {
  const value = parse(text);
  const queues: Record<string, Outgoing[]> = {};
  for (const item of Array.isArray(value) ? (value as Partial<Outgoing>[]) : []) {
    const { clientId, conversationId, content, at, state, failure, quote } = item;
    if (!clientId || !conversationId || !content || !at) continue;
    const outgoing: Outgoing = {
      clientId,
      conversationId,
      content,
      quote: quote ?? null,
      file: null,
      at,
      state: state === "failed" ? "failed" : "pending",
      failure: failure ?? null,
      confirmed: null,
    };
    queues[conversationId] = [...(queues[conversationId] ?? []), outgoing];
  }
  return queues;
}

function parse(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
