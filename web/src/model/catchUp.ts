/**
 * One rule for everything that has a number: the next one is applied, an old one dropped, and one from the future held
 * until what is missing before it is here. What is missing is asked for as events, of one conversation where a gap shows it
 * or a `hello` tells of it, and of all of them after a pause of the line. Subscribe first, then ask, then go on with what
 * was held meanwhile: the line is open before this begins.
 */
import { apply } from "./apply";
import { nowhere } from "./around";
import { forget } from "./membership";
import { caughtUp } from "./merge";
import { goneUpTo, showsUpTo } from "./messages";
import type { Api, Clock, Missed, Result } from "./ports";
import { type State, without } from "./state";
import type { Store } from "./store";
import type { ChatEvent, Conversation } from "./types";

/** Events may overtake each other for a moment; only then is something really missing. */
const HOLD_MS = 300;
const RETRY_MS = 2_000;
/** Further behind, the newest page is less than what was missed. */
const TOO_FAR = 1_000;
/** The server takes no more at once. */
const MOST_POSITIONS = 2_000;

export interface CatchUpPorts {
  /** Everything that is told comes through here, over the line or asked for. */
  take(events: readonly ChatEvent[]): void;
  /** Fetches the row of the list. */
  row(id: string): Promise<Result<Conversation>>;
  /** What was loaded of these is dropped and has to be loaded afresh where it is shown. */
  dropped(ids: readonly string[]): void;
  /** The number up to which the loaded page of a conversation is true. */
  shownUpTo(id: string): number;
}

export class CatchUp {
  private readonly gaps = new Map<string, () => void>();
  private readonly filling = new Set<string>();
  private running = 0;
  private asking = false;
  /** The server's mark of the last catching up: receipts have no number. */
  private since: string | null = null;

  constructor(
    private readonly store: Store<State>,
    private readonly api: Api,
    private readonly clock: Clock,
    private readonly ports: CatchUpPorts,
  ) {}

  stop(): void {
    this.running++;
    this.asking = false;
    for (const cancel of this.gaps.values()) cancel();
    this.gaps.clear();
  }

  /** Another person, or another history of the server. */
  reset(): void {
    this.stop();
    this.since = null;
  }

  /** Of something the receipts are known up to an earlier time only. */
  restored(since: string | null): void {
    if (since !== null && (this.since === null || since < this.since)) this.since = since;
  }

  get at(): string | null {
    return this.since;
  }

  /** All that was missed while the line was away. Answers when it is here, or could not be asked for. */
  async all(): Promise<void> {
    const run = ++this.running;
    this.asking = true;
    for (let more = true; more; ) {
      const { epoch } = this.store.get();
      const positions = this.positions();
      const answer = await this.api.sync({ epoch: epoch ?? "", positions, since: this.since });
      if (run !== this.running) return;
      if (!answer.ok) {
        this.clock.after(RETRY_MS, () => run === this.running && this.isOnline() && void this.all());
        break;
      }
      this.missed(answer.value);
      const { epoch: theirs, more: numbered, moreReceipts } = answer.value;
      more = (numbered || moreReceipts) && this.store.get().epoch === theirs;
    }
    this.asking = false;
    for (const id of this.behind()) this.expect(id);
  }

  /** Looks soon whether these have what they are known to have. */
  look(ids: readonly string[] = this.behind()): void {
    for (const id of ids) if (this.isBehind(id)) this.expect(id);
  }

  private positions(): Record<string, number> {
    const loaded = Object.entries(this.store.get().windows).filter(
      ([, window]) => window.loading !== "newest",
    );
    // Its page may be all that is known of where it stands.
    for (const [id] of loaded)
      this.store.update((state) =>
        state.positions[id] === undefined ? caughtUp(state, [id], { [id]: this.ports.shownUpTo(id) }) : state,
      );
    const { positions, windows, conversations } = this.store.get();
    const ids = Object.keys(positions).filter((id) => conversations[id]);
    if (ids.length > MOST_POSITIONS) ids.sort((a, b) => Number(b in windows) - Number(a in windows));
    return Object.fromEntries(ids.slice(0, MOST_POSITIONS).map((id) => [id, positions[id] ?? 0]));
  }

  private missed({ epoch, at, events, more, tooFar, left, heads, cleared }: Missed): void {
    const known = this.store.get();
    // Restored between its hello and now: the next one says the same.
    if (known.epoch !== epoch) {
      this.ports.take([{ kind: "hello", epoch, heads }]);
      return;
    }
    const ours = (event: ChatEvent) => event.kind === "read" && event.userId === known.me?.id;
    this.ports.take(events.filter((event) => !ours(event)));
    // Not to be repeated over what is fetched of the list now, which counts exactly what that leaves unread.
    this.store.update((state) => events.filter(ours).reduce((now, event) => apply(now, event, 0), state));
    this.drop(tooFar);
    const histories = Object.entries(cleared);
    this.ports.take(
      histories
        .filter(([id, number]) => showsUpTo(this.store.get(), id, number))
        .map(([conversationId, number]) => ({ kind: "cleared", conversationId, number })),
    );
    this.store.update((state) => {
      const next = histories.reduce((now, [id, number]) => goneUpTo(now, id, number), state);
      return withHeads(left.reduce(forget, next), heads);
    });
    if (!more) this.since = at;
  }

  private drop(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.store.update((state) => ids.reduce(dropped, state));
    this.ports.dropped(ids);
  }

  private expect(id: string): void {
    if (this.asking || this.gaps.has(id) || this.filling.has(id)) return;
    // What is said of a conversation after we left it need not be completed.
    const { left, conversations } = this.store.get();
    if (left[id] !== undefined && !conversations[id]) return;
    const fill = () => {
      this.gaps.delete(id);
      if (this.isBehind(id)) void this.fill(id);
    };
    this.gaps.set(id, this.clock.after(HOLD_MS, fill));
  }

  /** What is missing in one conversation. */
  private async fill(id: string): Promise<void> {
    if (this.filling.has(id) || this.asking) return;
    this.filling.add(id);
    const done = await this.filled(id);
    this.filling.delete(id);
    // While the line is down the next hello does this.
    if (!done) this.clock.after(RETRY_MS, () => this.isOnline() && this.isBehind(id) && void this.fill(id));
    else if (this.isBehind(id)) this.expect(id);
  }

  private async filled(id: string): Promise<boolean> {
    let unseen = false;
    for (let more = true; more; ) {
      const position = this.store.get().positions[id];
      if (position === undefined) return this.found(id);
      const answer = await this.api.events(id, position);
      if (!answer.ok) return this.refused(id, answer.failure.status);
      const { head, begins, events } = answer.value;
      if (head - position > TOO_FAR || position < begins || position > head) {
        this.drop([id]);
        return this.found(id);
      }
      this.ports.take(events);
      unseen ||= events.some(({ kind }) => kind === "unseen");
      more = answer.value.more && events.length > 0;
    }
    // What is hidden from us by now counts as unread all the same.
    if (unseen) void this.ports.row(id);
    return true;
  }

  /** Where a conversation stands that we do not know yet, or of which only a page is loaded. */
  private async found(id: string): Promise<boolean> {
    const { heads, held, windows } = this.store.get();
    const window = windows[id];
    // It looks by itself when its page is here.
    if (window?.loading === "newest") return true;
    const told = Math.max(heads[id] ?? 0, ...(held[id] ?? []).map((event) => event.seq));
    const answer = await this.ports.row(id);
    if (!answer.ok) return this.refused(id, answer.failure.status);
    const upTo = window ? this.ports.shownUpTo(id) : told;
    this.store.update((state) => caughtUp(state, [id], { [id]: upTo }));
    return true;
  }

  private refused(id: string, status: number): boolean {
    if (status === 404) this.store.update((state) => forget(state, id));
    return status === 404;
  }

  private isBehind(id: string): boolean {
    const { positions, heads, held } = this.store.get();
    return (held[id]?.length ?? 0) > 0 || (heads[id] ?? 0) > (positions[id] ?? -1);
  }

  private behind(): string[] {
    const { heads, held } = this.store.get();
    return [...new Set([...Object.keys(heads), ...Object.keys(held)])].filter((id) => this.isBehind(id));
  }

  private isOnline(): boolean {
    return this.store.get().connection.name === "online";
  }
}

function dropped(state: State, id: string): State {
  return {
    ...nowhere(state, id),
    windows: without(state.windows, id),
    positions: without(state.positions, id),
    held: without(state.held, id),
  };
}

function withHeads(state: State, heads: Readonly<Record<string, number>>): State {
  const newer = Object.entries(heads).filter(([id, head]) => head > (state.heads[id] ?? -1));
  return newer.length > 0 ? { ...state, heads: { ...state.heads, ...Object.fromEntries(newer) } } : state;
}
