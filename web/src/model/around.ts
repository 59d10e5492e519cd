/**
 * Jumping into the history. The contract pages only backwards (`seq:<n>`: what is older than n), and numbers have no gap
 * but for messages that are hidden for me. So a page around n is the one that ends a little behind it, the next newer page
 * the one that ends a page further on, and everything in between is surely there however much of it is hidden. Pure.
 */
import { type Around, type Place, type State, type Window, without } from "./state";
import type { Message, Page } from "./types";
import { insert } from "./window";

/** The server's page. */
const PAGE = 50;
/** Of the page around a message, how many come after it. */
const AFTER = PAGE / 2;

export function cursorAround(number: number): string {
  return `seq:${number + AFTER + 1}`;
}

export function cursorNewer(around: Around): string {
  return `seq:${around.upTo + PAGE + 1}`;
}

/** What the screen shows of a conversation: the place one jumped to, else its newest messages. */
export function shown(state: State, id: string): Window | undefined {
  return state.arounds[id] ?? state.windows[id];
}

export function findShown(state: State, id: string, number: number): Message | undefined {
  return shown(state, id)?.messages.find((message) => message.number === number);
}

export function findMessage(state: State, id: string, messageId: string): Message | undefined {
  const isIt = (message: Message) => message.id === messageId;
  return state.arounds[id]?.messages.find(isIt) ?? state.windows[id]?.messages.find(isIt);
}

/** Sends the screen to a message that is loaded, or whose neighbours are. */
export function sentTo(
  state: State,
  id: string,
  number: number | null,
  problem: Place["problem"] = null,
): State {
  const before = state.places[id];
  const place = { number, problem, turn: (before?.turn ?? 0) + 1, view: before?.view ?? 0 };
  return withPlace(state, id, place);
}

/** The page around a message takes the place of what was shown; where it reaches the newest messages, it is part of them. */
export function withPageAround(state: State, id: string, number: number, page: Page): State {
  const { messages, older } = page;
  const around = { messages, older, upTo: number + AFTER, loading: null, failure: null };
  const next = { ...state, arounds: { ...state.arounds, [id]: around } };
  const there = messages.some((message) => message.number === number);
  return joined(anew(sentTo(next, id, number, there ? null : "missing"), id), id);
}

export function withNewerPage(state: State, id: string, page: Page): State {
  const around = state.arounds[id];
  if (!around) return state;
  const fresh = page.messages.filter((message) => message.number > around.upTo);
  const next = {
    ...around,
    messages: insert(around.messages, fresh),
    upTo: around.upTo + PAGE,
    loading: null,
  };
  return joined({ ...state, arounds: { ...state.arounds, [id]: next } }, id);
}

/** Back at the newest messages. */
export function atLatest(state: State, id: string): State {
  if (!state.arounds[id]) return sentTo(state, id, null);
  return anew(sentTo({ ...state, arounds: without(state.arounds, id) }, id, null), id);
}

/** As if one had never been sent anywhere. */
export function nowhere(state: State, id: string): State {
  return { ...state, arounds: without(state.arounds, id), places: without(state.places, id) };
}

/** One contiguous window again, as soon as nothing is missing between the two. */
export function joined(state: State, id: string): State {
  const around = state.arounds[id];
  const window = state.windows[id];
  if (!around || !window || window.loading === "newest" || window.failure) return state;
  const oldest = window.messages[0]?.number ?? Number.POSITIVE_INFINITY;
  if (window.older !== null && around.upTo + 1 < oldest) return state;
  const older = (around.messages[0]?.number ?? oldest) < oldest ? around.older : window.older;
  const messages = insert(around.messages, window.messages);
  return {
    ...state,
    windows: { ...state.windows, [id]: { ...window, messages, older } },
    arounds: without(state.arounds, id),
  };
}

function anew(state: State, id: string): State {
  const place = state.places[id];
  return place ? withPlace(state, id, { ...place, view: place.view + 1 }) : state;
}

function withPlace(state: State, id: string, place: Place): State {
  return { ...state, places: { ...state.places, [id]: place } };
}
