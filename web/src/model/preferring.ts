/**
 * One's own preferences: what the server said last, and over it every change that is still on its way to it. So what it
 * says of an earlier change does not move a switch back that was moved once more since then.
 */
import type { Preferring, State } from "./state";
import type { Preferences } from "./types";

/** The server's word. */
export function saved(state: State, preferences: Preferences): State {
  return shown(state, { saved: preferences, changes: state.preferring?.changes ?? [] });
}

/** A change leaves. */
export function preferred(state: State, change: Partial<Preferences>): State {
  const { saved, changes } = state.preferring ?? { saved: state.preferences, changes: [] };
  return shown(state, { saved, changes: [...changes, change] });
}

/** It is answered, with the server's word, or refused. Nothing happens where it belongs to somebody else by now. */
export function answered(state: State, change: Partial<Preferences>, word: Preferences | null): State {
  const { saved, changes } = state.preferring ?? { saved: null, changes: [] };
  if (!changes.includes(change)) return state;
  return shown(state, { saved: word ?? saved, changes: changes.filter((other) => other !== change) });
}

function shown(state: State, preferring: Preferring): State {
  const { saved, changes } = preferring;
  const preferences: Preferences | null = saved && Object.assign({}, saved, ...changes);
  return { ...state, preferences, preferring: changes.length > 0 ? preferring : null };
}
