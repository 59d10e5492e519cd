/** What concerns only oneself: mutes, preferences, whom one blocked, what one hid. Shown at once, taken back when refused. */
import { muted } from "./apply";
import { cleared } from "./messages";
import type { Api, Clock, Result } from "./ports";
import { answered, preferred, saved } from "./preferring";
import type { Blocked } from "./requests";
import { type State, without } from "./state";
import type { Store } from "./store";
import type { Failure, Preferences } from "./types";
import { newestNumber } from "./window";

/** Timers of browsers end at 2^31 ms; a day is soon enough to look again. */
const LONGEST_MS = 24 * 3_600_000;

export class Own {
  private cancelTimer: () => void = () => {};
  private due = Number.POSITIVE_INFINITY;
  private saving: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: Store<State>,
    private readonly api: Api,
    private readonly clock: Clock,
  ) {
    store.subscribe(() => this.watchMutes());
  }

  /** With each new line: another device may have changed them meanwhile. What changed since we asked is newer. */
  async load(): Promise<void> {
    const before = this.store.get();
    const [preferences, blocks] = await Promise.all([this.api.preferences(), this.api.blocks()]);
    const now = this.store.get();
    if (now.me?.id !== before.me?.id) return;
    if (preferences.ok && now.preferences === before.preferences)
      this.store.update((state) => saved(state, preferences.value));
    if (blocks.ok && now.blocked === before.blocked) {
      const blocked = Object.fromEntries(blocks.value.map(({ person }) => [person.id, true as const]));
      this.store.update((state) => ({ ...state, blocked }));
    }
  }

  async mute(id: string, on: boolean, until: string | null = null): Promise<Failure | null> {
    const before = this.store.get().conversations[id];
    if (!before) return null;
    this.store.update((state) => muted(state, id, on, until));
    const answer = await this.api.mute(id, on, until);
    if (answer.ok) return null;
    this.store.update((state) => muted(state, id, before.muted, before.mutedUntil));
    return answer.failure;
  }

  /** One after the other, so that of two answers the later one is the newer. What is refused is taken back. */
  changePreferences(wanted: Partial<Preferences>): Promise<Failure | null> {
    const change = { ...wanted };
    this.store.update((state) => preferred(state, change));
    const saving = this.saving.then(async () => {
      const answer = await this.api.changePreferences(change);
      this.store.update((state) => answered(state, change, answer.ok ? answer.value : null));
      return answer.ok ? null : answer.failure;
    });
    this.saving = saving;
    return saving;
  }

  blocks(): Promise<Result<Blocked[]>> {
    return this.api.blocks();
  }

  async block(userId: string, on: boolean): Promise<Failure | null> {
    const answer = await (on ? this.api.block(userId) : this.api.unblock(userId));
    if (!answer.ok) return answer.failure;
    this.store.update((state) => ({
      ...state,
      blocked: on ? { ...state.blocked, [userId]: true } : without(state.blocked, userId),
      // Nothing of theirs is told any more, so what was told last would stay for ever.
      online: on ? without(state.online, userId) : state.online,
    }));
    return null;
  }

  async clear(id: string): Promise<Failure | null> {
    const upTo = Math.max(
      this.store.get().conversations[id]?.lastNumber ?? 0,
      newestNumber(this.store.get().windows[id]),
    );
    const answer = await this.api.clear(id);
    if (!answer.ok) return answer.failure;
    this.store.update((state) => cleared(state, id, upTo));
    return null;
  }

  /** A mute with an end ends by itself. */
  private watchMutes(): void {
    const due = firstEnd(this.store.get());
    if (due === this.due) return;
    this.due = due;
    this.cancelTimer();
    this.cancelTimer = () => {};
    if (due === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(LONGEST_MS, Math.max(0, due - this.clock.now()));
    this.cancelTimer = this.clock.after(wait, () => {
      this.due = Number.NaN;
      this.store.update((state) => withoutEndedMutes(state, this.clock.now()));
      this.watchMutes();
    });
  }
}

const firstEnd = (state: State): number => {
  let first = Number.POSITIVE_INFINITY;
  for (const { muted: on, mutedUntil } of Object.values(state.conversations))
    if (on && mutedUntil !== null) first = Math.min(first, Date.parse(mutedUntil));
  return first;
};

export function withoutEndedMutes(state: State, now: number): State {
  let next = state;
  for (const { id, muted: on, mutedUntil } of Object.values(state.conversations))
    if (on && mutedUntil !== null && Date.parse(mutedUntil) <= now) next = muted(next, id, false, null);
  return next;
}
