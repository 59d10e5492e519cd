/**
 * The newest messages of what one looked at, kept on this device with the number up to which they are true. Without a line
 * to the server they can be read; when it is back, only what happened since is asked for. With a line they are not used: a
 * conversation opens where its unread messages begin, which only the server knows.
 */
import type { Clock, Copies, Copy, CopyKeep } from "./ports";
import { noPositions } from "./receipts";
import type { State } from "./state";
import type { Store } from "./store";

/** Of each conversation. */
const MESSAGES = 60;
/** What happens within it is written once. */
const WRITE_MS = 1_000;

export class CopyKeeper {
  private userId: string | null = null;
  private epoch: string | null = null;
  private known: State["windows"] = {};
  private cancel: (() => void) | null = null;

  constructor(
    private readonly store: Store<State>,
    private readonly keep: CopyKeep,
    private readonly clock: Clock,
    /** The server's time up to which all receipts are known. */
    private readonly since: () => string | null,
  ) {
    store.subscribe(() => this.look());
  }

  /** Of this person; nobody else's history stays on this device. */
  begin(userId: string): void {
    this.stop();
    this.userId = userId;
    void this.keep.read(userId);
  }

  /** The line is away. Answers the time up to which the receipts of what can be read now are known. */
  async away(): Promise<string | null> {
    const { userId } = this;
    if (userId === null) return null;
    this.write();
    const kept = await this.keep.read(userId);
    if (!kept || this.userId !== userId) return null;
    this.store.update((state) => restored(state, kept));
    return kept.since;
  }

  /** Signed out on purpose: nothing stays. */
  erase(): void {
    if (this.userId !== null) this.keep.erase(this.userId);
    this.stop();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
    this.userId = null;
    this.known = {};
  }

  private look(): void {
    if (this.userId === null || this.cancel || this.store.get().windows === this.known) return;
    this.cancel = this.clock.after(WRITE_MS, () => {
      this.cancel = null;
      this.write();
    });
  }

  private write(): void {
    const state = this.store.get();
    const { epoch, windows } = state;
    if (this.userId === null || epoch === null) return;
    // After a restore of the server everything is written anew.
    const before = epoch === this.epoch ? this.known : {};
    const changed = Object.keys(windows).filter((id) => windows[id] !== before[id]);
    const gone = Object.keys(before).filter((id) => !windows[id]);
    const copies = changed.map((id) => copyOf(state, id)).filter((copy) => copy !== null);
    this.epoch = epoch;
    this.known = windows;
    if (copies.length + gone.length > 0)
      this.keep.write(this.userId, { epoch, since: this.since(), copies }, gone);
  }
}

/** Null while it is not whole. */
export function copyOf(state: State, id: string): Copy | null {
  const window = state.windows[id];
  const row = state.conversations[id];
  const position = state.positions[id];
  if (!window || !row || position === undefined || window.loading === "newest" || window.failure) return null;
  const messages = window.messages.slice(-MESSAGES);
  const [first] = messages;
  const cut = first !== undefined && messages.length < window.messages.length;
  return {
    row,
    position,
    messages,
    older: cut ? `seq:${first.number}` : window.older,
    reads: state.reads[id] ?? noPositions,
    deliveries: state.deliveries[id] ?? noPositions,
  };
}

/**
 * Nothing that is loaded, and nothing that the list, where it is here, does not have. Where the list is further, the
 * conversation goes back to what its messages are true for: all that came since is told again.
 */
export function restored(state: State, { epoch, copies }: Copies): State {
  if (state.connection.name === "online" || (state.epoch !== null && state.epoch !== epoch)) return state;
  const listed = state.list === "ready";
  const readable = ({ row: { id } }: Copy) =>
    !state.windows[id] && state.left[id] === undefined && (!listed || state.conversations[id] !== undefined);
  return copies.filter(readable).reduce<State>(withCopy, { ...state, epoch });
}

function withCopy(state: State, copy: Copy): State {
  const { row, position, messages, older, reads, deliveries } = copy;
  const { id } = row;
  const window = { messages: [...messages], older, loading: null, failure: null };
  return {
    ...state,
    // The list as it was, until it is here as it is.
    list: "ready",
    conversations: { ...state.conversations, [id]: state.conversations[id] ?? row },
    windows: { ...state.windows, [id]: window },
    positions: { ...state.positions, [id]: position },
    reads: { ...state.reads, [id]: { ...reads, ...state.reads[id] } },
    deliveries: { ...state.deliveries, [id]: { ...deliveries, ...state.deliveries[id] } },
  };
}
