/**
 * Keeping the store true to the server: loads lists and pages, and puts what was told meanwhile over what was fetched. What
 * is missed is asked for by `catchUp`.
 */
import { apply, withoutStaleTyping } from "./apply";
import { CatchUp } from "./catchUp";
import { caughtUp, onlyThese, withConversations } from "./merge";
import { replayed } from "./messages";
import { adopt } from "./outbox";
import { fetchPages } from "./pages";
import type { Api, Clock, Result } from "./ports";
import { learned } from "./receipts";
import { Recordings } from "./recordings";
import { RowFetch } from "./rowFetch";
import type { State, Window } from "./state";
import type { Store } from "./store";
import type { ChatEvent, Conversation, Message, Page } from "./types";
import { emptyWindow, reaches, withNewestPage, withOlderPage } from "./window";

/** Pages fetched at once to reach the first unread message. */
const MOST_PAGES = 20;
const RETRY_MS = 2_000;
const PROFILES_WITHIN_MS = 1_000;

export class Sync {
  private readonly recordings = new Recordings();
  private readonly rows: RowFetch;
  private readonly catchUp: CatchUp;
  private readonly opening = new Map<string, Promise<"ok" | "unknown" | "failed">>();
  private presence: "running" | "again" | null = null;
  private listRun = 0;
  private firstHello = true;
  private beenOnline = false;
  /** The last change that the newest page of a conversation showed when it was loaded. */
  private readonly shown = new Map<string, number>();
  /** The conversation that was looked at last: it is loaded anew where its messages had to be dropped. */
  private current: string | null = null;

  constructor(
    private readonly store: Store<State>,
    private readonly api: Api,
    private readonly clock: Clock,
  ) {
    this.rows = new RowFetch(store, api, this.recordings);
    this.catchUp = new CatchUp(store, api, clock, {
      take: (events) => this.take(events),
      row: (id) => this.refreshRow(id),
      dropped: (ids) => this.reopen(ids),
      shownUpTo: (id) => this.shown.get(id) ?? 0,
    });
  }

  /** A new line is open: its first `hello` starts the catching up. */
  connected(): void {
    // Before the first one nothing was to be missed: its `hello` says where everything stands.
    if (this.beenOnline) this.recordings.interrupt();
    this.firstHello = true;
  }

  stop(): void {
    this.catchUp.stop();
    this.listRun++;
    this.beenOnline = false;
  }

  /** Another person begins. */
  reset(): void {
    this.stop();
    this.catchUp.reset();
    this.opening.clear();
    this.shown.clear();
    this.current = null;
    this.firstHello = true;
  }

  /** The server's time up to which everything is known that has no number. */
  get since(): string | null {
    return this.catchUp.at;
  }

  /** The state has got something that is true up to then only. */
  restored(since: string | null): void {
    this.catchUp.restored(since);
  }

  event(event: ChatEvent): void {
    this.take([event]);
    if (event.kind === "hello") this.hello();
    else if (event.kind !== "conversation" && "seq" in event) this.catchUp.look([event.conversationId]);
    if (event.kind === "typing")
      this.clock.after(6_100, () => this.store.update((s) => withoutStaleTyping(s, this.clock.now())));
  }

  private take(events: readonly ChatEvent[]): void {
    if (events.length === 0) return;
    this.recordings.tell(events);
    const { epoch, windows } = this.store.get();
    this.store.update((state) => events.reduce((now, event) => apply(now, event, this.clock.now()), state));
    // A restored server: what was loaded is gone.
    if (epoch !== null && this.store.get().epoch !== epoch) {
      this.catchUp.reset();
      this.reopen(Object.keys(windows));
    }
    const added = events.filter((event) => event.kind === "members_added");
    // Somebody we share nothing with until now: we were not told that they came online.
    if (added.length > 0 || events.some((event) => event.kind === "conversation")) void this.loadPresence();
    for (const id of new Set(added.map((event) => event.conversationId))) this.fetchProfiles(id);
    this.rows.after(events);
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
    this.current = id;
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
      this.shown.set(id, seq ?? 0);
      this.store.update((s) => adopt(beginAt(replayed(s, id, since, seq), id, seq), id));
    }
    // What the line told while the page was on its way.
    this.catchUp.look([id]);
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

  private hello(): void {
    if (!this.firstHello) {
      // Said again and again: a last event that was lost shows no gap.
      this.catchUp.look();
      return;
    }
    this.firstHello = false;
    this.beenOnline = true;
    void this.loadPresence();
    void this.catchUp.all().then(() => this.loadList());
    for (const [id, window] of Object.entries(this.store.get().windows))
      if (window.failure) void this.open(id);
  }

  private reopen(ids: readonly string[]): void {
    for (const id of ids) this.opening.delete(id);
    if (this.current !== null && ids.includes(this.current)) void this.open(this.current);
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
