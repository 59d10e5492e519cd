/**
 * Keeping the store true to the server: loads lists and pages, catches up after a pause, and fetches what a gap in
 * the event numbers says is missing. The order is always: subscribe first, then fetch, then apply what came meanwhile.
 */
import { apply, withoutStaleTyping } from "./apply";
import { joined } from "./around";
import { forget } from "./membership";
import { caughtUp, onlyThese, withConversations } from "./merge";
import { replayed } from "./messages";
import { adopt } from "./outbox";
import { fetchAgain, fetchMissing, fetchPages } from "./pages";
import type { Api, Clock, Result } from "./ports";
import { learned } from "./receipts";
import { Recordings } from "./recordings";
import { RowFetch } from "./rowFetch";
import type { State, Window } from "./state";
import type { Store } from "./store";
import type { ChatEvent, Conversation, Message, Page } from "./types";
import { emptyWindow, reaches, withNewestPage, withOlderPage } from "./window";

/** Events may overtake each other for a moment; only then is something really missing. */
const HOLD_MS = 300;
/** Pages fetched at once to reach the first unread message. */
const MOST_PAGES = 20;
/** Conversations that are kept loaded over a pause of the line: those looked at last. */
const KEPT_WINDOWS = 4;
const RETRY_MS = 2_000;
const PROFILES_WITHIN_MS = 1_000;

export class Sync {
  private readonly recordings = new Recordings();
  private readonly rows: RowFetch;
  private readonly gaps = new Map<string, () => void>();
  private readonly filling = new Set<string>();
  private readonly opening = new Map<string, Promise<"ok" | "unknown" | "failed">>();
  private presence: "running" | "again" | null = null;
  private listRun = 0;
  private firstHello = true;
  private beenOnline = false;
  /** Conversations in the order they were looked at, the last one first. */
  private opened: string[] = [];

  constructor(
    private readonly store: Store<State>,
    private readonly api: Api,
    private readonly clock: Clock,
  ) {
    this.rows = new RowFetch(store, api, this.recordings);
  }

  /** A new line is open: its first `hello` starts the catching up. */
  connected(): void {
    // Before the first one nothing was to be missed: its `hello` says where everything stands.
    if (this.beenOnline) this.recordings.interrupt();
    this.firstHello = true;
  }

  stop(): void {
    for (const cancel of this.gaps.values()) cancel();
    this.gaps.clear();
    this.listRun++;
    this.beenOnline = false;
  }

  event(event: ChatEvent): void {
    this.recordings.tell(event);
    const forgotten =
      event.kind === "hello" && this.epochChanged(event.epoch) ? Object.keys(this.store.get().windows) : [];
    this.store.update((state) => apply(state, event, this.clock.now()));
    if (event.kind === "hello") this.hello(event.heads, forgotten);
    if (event.kind !== "conversation" && "seq" in event && this.behind(event.conversationId))
      this.expectGap(event.conversationId);
    // Somebody we share nothing with until now: we were not told that they came online.
    if (event.kind === "conversation" || event.kind === "members_added") void this.loadPresence();
    if (event.kind === "members_added") this.fetchProfiles(event.conversationId);
    this.rows.after([event]);
    if (event.kind === "typing")
      this.clock.after(6_100, () => this.store.update((s) => withoutStaleTyping(s, this.clock.now())));
  }

  /** All conversations, page by page; shows each page as it comes. */
  async loadList(): Promise<void> {
    const run = ++this.listRun;
    const before = this.store.get();
    const { heads } = before;
    const since = this.recordings.begin();
    const seen = new Set<string>();
    let cursor: string | null = null;
    do {
      const answer = await this.api.conversations(cursor);
      if (run !== this.listRun) break;
      if (!answer.ok) {
        this.store.update((state) => (state.list === "ready" ? state : { ...state, list: "failed" }));
        this.clock.after(
          RETRY_MS,
          () => run === this.listRun && this.store.get().connection.name === "online" && this.loadList(),
        );
        break;
      }
      cursor = answer.value.next;
      for (const conversation of answer.value.conversations) seen.add(conversation.id);
      const { conversations } = answer.value;
      const complete = cursor === null;
      this.store.update((state) => {
        let next = withConversations(state, conversations, since, before);
        if (complete) next = onlyThese(next, seen, since);
        // A loaded window that lags needs its messages first: that is what `fill` does.
        const bare = conversations.map((c) => c.id).filter((id) => !next.windows[id]);
        return caughtUp({ ...next, list: "ready" }, bare, heads);
      });
    } while (cursor !== null);
    this.recordings.end(since);
    this.rows.after(since);
  }

  /** One at a time: of many who come at once nobody is asked for twice. */
  async loadPresence(): Promise<void> {
    if (this.presence !== null) {
      this.presence = "again";
      return;
    }
    this.presence = "running";
    await this.fetchPresence();
    const again = (this.presence as string) === "again";
    this.presence = null;
    if (again) await this.loadPresence();
  }

  private async fetchPresence(): Promise<void> {
    const since = this.recordings.begin();
    const answer = await this.api.online();
    this.recordings.end(since);
    if (!answer.ok) return;
    const online = Object.fromEntries(answer.value.map((id) => [id, true as const]));
    const cameAndWent = since.filter((event) => event.kind === "presence");
    this.store.update((state) =>
      cameAndWent.reduce((next, event) => apply(next, event, this.clock.now()), { ...state, online }),
    );
  }

  /** The newest page of a conversation, unless it is loaded. Fetches the conversation too when it is not in the list. */
  open(id: string): Promise<"ok" | "unknown" | "failed"> {
    this.opened = [id, ...this.opened.filter((other) => other !== id)];
    const running = this.opening.get(id);
    if (running) return running;
    const opening = this.load(id).finally(() => {
      if (this.opening.get(id) === opening) this.opening.delete(id);
    });
    this.opening.set(id, opening);
    return opening;
  }

  private async load(id: string): Promise<"ok" | "unknown" | "failed"> {
    const known = this.store.get().conversations[id];
    // A list row carries the first members only.
    if (!known || known.members.length < known.memberCount) {
      const answer = await this.refreshRow(id);
      if (!answer.ok && !known)
        return answer.failure.status === 404 || answer.failure.status === 422 ? "unknown" : "failed";
    }
    const window = this.store.get().windows[id];
    if (window && !window.failure) return "ok";
    const loading = { ...(window ?? emptyWindow), loading: "newest", failure: null } as const;
    this.store.update((s) => ({ ...s, windows: { ...s.windows, [id]: loading } }));
    const unread = this.store.get().conversations[id]?.unread ?? 0;
    const far = (loaded: Page, count: number) => !reaches(loaded, unread) && count < MOST_PAGES;
    const { answer: page, since } = await this.recordings.during(() => fetchPages(this.api, id, far));
    this.changeWindow(id, (w) =>
      page.ok ? withNewestPage(w, page.value) : { ...w, loading: null, failure: page.failure },
    );
    if (page.ok) {
      this.learn(id, page.value.messages);
      const { seq } = page.value;
      this.store.update((s) => adopt(beginAt(replayed(s, id, since, seq), id, seq), id));
    }
    // What the line told while the page was on its way.
    if (this.behind(id)) this.expectGap(id);
    return page.ok ? "ok" : "failed";
  }

  async older(id: string): Promise<void> {
    const window = this.store.get().windows[id];
    if (!window || window.loading || window.older === null) return;
    const cursor = window.older;
    this.changeWindow(id, (w) => ({ ...w, loading: "older" }));
    const { page, replay } = await this.page(id, cursor);
    // The window may have been replaced meanwhile; a page for another place must not be glued to it.
    this.changeWindow(id, (w) => {
      if (w.older !== cursor) return { ...w, loading: null };
      return page.ok ? withOlderPage(w, page.value) : { ...w, loading: null };
    });
    this.store.update(replay);
    if (page.ok) this.learn(id, page.value.messages);
  }

  /** A page, and how to repeat over it what events said while it was on its way. */
  async page(id: string, cursor: string): Promise<{ page: Result<Page>; replay: (state: State) => State }> {
    const { answer: page, since } = await this.recordings.during(() => this.api.messages(id, cursor));
    const seq = page.ok ? page.value.seq : null;
    return { page, replay: (state) => replayed(state, id, since, seq) };
  }

  private hello(heads: Readonly<Record<string, number>>, forgotten: readonly string[]): void {
    const behind = Object.keys(heads).filter((id) => this.behind(id));
    if (!this.firstHello) {
      for (const id of behind) this.expectGap(id);
      return;
    }
    this.firstHello = false;
    // What has no number (ticks, what another device of ours hid) may have been missed without a gap that shows it.
    const back = this.beenOnline;
    this.beenOnline = true;
    if (back) this.dropOldWindows();
    if (forgotten.length > 0) this.opening.clear();
    const { windows } = this.store.get();
    void this.loadList();
    void this.loadPresence();
    for (const id of forgotten) void this.open(id);
    for (const [id, window] of Object.entries(windows)) {
      if (window.failure) void this.open(id);
      // One that is being loaded looks by itself whether that was enough.
      else if (window.loading !== "newest" && (back || behind.includes(id))) void this.fill(id);
    }
  }

  private dropOldWindows(): void {
    const kept = new Set(this.opened.slice(0, KEPT_WINDOWS));
    this.store.update((state) => {
      const windows = Object.fromEntries(Object.entries(state.windows).filter(([id]) => kept.has(id)));
      return { ...state, windows };
    });
  }

  private epochChanged(epoch: string): boolean {
    const known = this.store.get().epoch;
    return known !== null && known !== epoch;
  }

  private behind(id: string): boolean {
    const { positions, heads, held } = this.store.get();
    return (held[id]?.length ?? 0) > 0 || (heads[id] ?? 0) > (positions[id] ?? -1);
  }

  private expectGap(id: string): void {
    if (this.gaps.has(id) || this.filling.has(id)) return;
    // What is said of a conversation after we left it need not be completed.
    const { left, conversations } = this.store.get();
    if (left[id] !== undefined && !conversations[id]) return;
    const look = () => {
      this.gaps.delete(id);
      if (this.behind(id)) void this.fill(id);
    };
    this.gaps.set(id, this.clock.after(HOLD_MS, look));
  }

  /** Fetches what is missing in one conversation and goes on from there. */
  private async fill(id: string): Promise<void> {
    if (this.filling.has(id)) return;
    this.filling.add(id);
    const since = this.recordings.begin();
    const before = this.store.get();
    const { held, heads } = before;
    const upTo = Math.max(heads[id] ?? 0, ...(held[id] ?? []).map((event) => event.seq));
    const window = this.store.get().windows[id];
    const position = this.store.get().positions[id];
    const around = this.store.get().arounds[id];
    const [conversation, page, again] = await Promise.all([
      this.api.conversation(id),
      window ? fetchMissing(this.api, id, window, position) : null,
      around ? fetchAgain(this.api, id, around) : null,
    ]);
    this.filling.delete(id);
    this.recordings.end(since);
    // The line was lost meanwhile: more may be missing than was asked for.
    if (!this.recordings.isWhole(since)) return this.fill(id);
    if (!conversation.ok && conversation.failure.status === 404) {
      this.store.update((state) => forget(state, id));
      return;
    }
    if (!conversation.ok || page?.ok === false || again?.ok === false) {
      // While the line is down the next hello does this.
      this.clock.after(
        RETRY_MS,
        () => this.store.get().connection.name === "online" && this.behind(id) && this.fill(id),
      );
      return;
    }
    this.store.update((state) => {
      const current = state.windows[id];
      const windows =
        page && window && current
          ? { ...state.windows, [id]: page.value.put(current, window.messages) }
          : state.windows;
      const now = state.arounds[id];
      const arounds = again && now ? { ...state.arounds, [id]: again.value.put(now) } : state.arounds;
      const seq = Math.min(page?.value.seq ?? 0, again?.value.seq ?? Number.POSITIVE_INFINITY);
      const next = joined(replayed({ ...state, windows, arounds }, id, since, seq), id);
      return caughtUp(withConversations(next, [conversation.value], since, before), [id], { [id]: upTo });
    });
    this.rows.after(since);
    this.learn(id, this.store.get().windows[id]?.messages ?? []);
    if (this.behind(id)) this.expectGap(id);
  }

  /** Members that came by an event have a name only; who has the conversation open sees their faces too. */
  private fetchProfiles(id: string): void {
    if (!this.store.get().windows[id]) return;
    // Everybody in the conversation hears of it at the same moment, and should not ask at the same moment.
    this.clock.after(
      this.clock.random() * PROFILES_WITHIN_MS,
      () => this.store.get().conversations[id] && void this.refreshRow(id),
    );
  }

  /** The conversation as it is now. */
  refreshRow(id: string): Promise<Result<Conversation>> {
    return this.rows.get(id);
  }

  private learn(id: string, messages: readonly Message[]): void {
    this.store.update((state) => (state.conversations[id] ? learned(state, id, messages) : state));
  }

  /** Nothing where the window is gone: the conversation is no longer ours. */
  private changeWindow(id: string, change: (window: Window) => Window): void {
    this.store.update((state) => {
      const window = state.windows[id];
      return window ? { ...state, windows: { ...state.windows, [id]: change(window) } } : state;
    });
  }
}

/**
 * A page loaded before the line's first word says itself where it stands. Not when an event that it already shows is
 * held: its effect on the list would be lost, so the gap is fetched as any other.
 */
function beginAt(state: State, id: string, seq: number | null): State {
  const overtaken = state.held[id]?.some((event) => event.seq <= (seq ?? 0));
  if (seq === null || overtaken || state.positions[id] !== undefined || !state.windows[id]) return state;
  return caughtUp(state, [id], { [id]: seq });
}
