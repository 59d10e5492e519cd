/** Drafts and unsent messages as they are kept beyond the page. What cannot be read back is left out, never fatal. */
import type { Outgoing, State } from "./state";
import type { Failure } from "./types";

export function keptDrafts(drafts: State["drafts"]): string | null {
  return Object.keys(drafts).length > 0 ? JSON.stringify(drafts) : null;
}

export function readDrafts(text: string | null): Record<string, string> {
  const value = parse(text);
  if (value === null || typeof value !== "object") return {};
  return Object.fromEntries(Object.entries(value).filter(([, draft]) => typeof draft === "string")) as Record<
    string,
    string
  >;
}

/** Nobody has the bytes any more: the page that had them was left. */
export const FILE_GONE: Failure = { code: "file_gone", detail: "", status: 410, retryAfter: null };

/** Null for what is not one. */
export function readOutgoing(value: unknown): Outgoing | null {
  const { clientId, conversationId, content, at, state, failure, quote, file } = (value ??
    {}) as Partial<Outgoing>;
  if (!clientId || !conversationId || !content || !at) return null;
  const lost = file ? FILE_GONE : null;
  return {
    clientId,
    conversationId,
    content,
    quote: quote ?? null,
    file: file ?? null,
    at,
    state: lost || state === "failed" ? "failed" : "pending",
    failure: lost ?? failure ?? null,
    confirmed: null,
  };
}

function parse(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
