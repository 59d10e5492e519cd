/** Putting messages into the loaded part of a conversation. */
import type { Window } from "./state";
import type { Message, Page } from "./types";

export const emptyWindow: Window = { messages: [], older: null, loading: null, failure: null };

/** Adds or replaces by id and keeps the order of the numbers. A later form of a message wins. */
export function insert(messages: readonly Message[], added: readonly Message[]): Message[] {
  if (added.length === 0) return messages as Message[];
  const last = messages[messages.length - 1];
  const first = added[0] as Message;
  // By far the most common case: one new message at the end.
  if (added.length === 1 && (!last || first.number > last.number)) return [...messages, first];
  const byId = new Map(messages.map((message) => [message.id, message]));
  for (const message of added) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.number - b.number);
}

/**
 * The newest page over what is loaded. Messages that events brought while the page was on its way stay; a hole between
 * the page and what is loaded would be a lie, then only the page stays.
 */
export function withNewestPage(window: Window, page: Page): Window {
  const done = { loading: null, failure: null };
  const [oldestFetched] = page.messages;
  const [oldestKept] = window.messages;
  if (!oldestKept || !oldestFetched) {
    return { ...done, messages: oldestKept ? window.messages : page.messages, older: page.older };
  }
  if (!touches(window, page)) return { ...done, messages: page.messages, older: page.older };
  const older = oldestFetched.number <= oldestKept.number ? page.older : window.older;
  return { ...done, messages: insert(window.messages, page.messages), older };
}

/** Nothing can be missing between the loaded messages and the page. */
function touches(window: Pick<Window, "messages">, page: Page): boolean {
  const oldest = page.messages[0];
  return !oldest || page.older === null || oldest.number <= newestNumber(window) + 1;
}

/** The first unread message is in it, and the one before for context. */
export function reaches(page: Page, unread: number): boolean {
  return unread === 0 || unread < page.messages.length;
}

export function withOlderPage(window: Window, page: Page): Window {
  return {
    messages: insert(window.messages, page.messages),
    older: page.older,
    loading: null,
    failure: null,
  };
}

export function newestNumber(window: Pick<Window, "messages"> | undefined): number {
  return window?.messages[window.messages.length - 1]?.number ?? 0;
}
