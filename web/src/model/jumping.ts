/** Going to any message of a conversation: fetches what is not loaded, in both directions. */
import {
  atLatest,
  cursorAround,
  cursorNewer,
  findShown,
  nowhere,
  sentTo,
  withNewerPage,
  withPageAround,
} from "./around";
import type { Api } from "./ports";
import type { Around, State } from "./state";
import type { Store } from "./store";
import type { Sync } from "./sync";
import type { Page } from "./types";
import { withOlderPage } from "./window";

/** `unknown`: there is no such conversation. */
export type Jump = "ok" | "unknown" | "failed";

export class Jumping {
  /** Of a conversation's jumps the latest wins, however the answers overtake each other. */
  private readonly runs = new Map<string, number>();

  constructor(
    private readonly store: Store<State>,
    private readonly api: Api,
    private readonly sync: Sync,
  ) {}

  /** @param target the message's number, or its id, as a link may have it */
  async to(id: string, target: number | string): Promise<Jump> {
    const run = this.begin(id);
    const opened = await this.sync.open(id);
    if (opened !== "ok") return opened;
    const number = typeof target === "number" ? target : await this.numberOf(id, target);
    if (run !== this.runs.get(id)) return "ok";
    if (number === "failed") return this.failed(id);
    if (number === null) this.store.update((state) => sentTo(state, id, null, "missing"));
    else if (findShown(this.store.get(), id, number)) this.store.update((state) => sentTo(state, id, number));
    else if (this.isAmongNewest(id, number))
      this.store.update((state) => sentTo(atLatest(state, id), id, number));
    else return this.load(id, number, run);
    return "ok";
  }

  latest(id: string): void {
    this.begin(id);
    this.store.update((state) => atLatest(state, id));
  }

  leave(id: string): void {
    this.begin(id);
    this.store.update((state) => (state.places[id] ? nowhere(state, id) : state));
  }

  async older(id: string): Promise<void> {
    const cursor = this.store.get().arounds[id]?.older ?? null;
    if (cursor !== null)
      await this.page(id, "older", cursor, (state, around, page) => ({
        ...state,
        arounds: { ...state.arounds, [id]: { ...around, ...withOlderPage(around, page) } },
      }));
  }

  async newer(id: string): Promise<void> {
    const around = this.store.get().arounds[id];
    if (around)
      await this.page(id, "newer", cursorNewer(around), (state, _, page) => withNewerPage(state, id, page));
  }

  private begin(id: string): number {
    const run = (this.runs.get(id) ?? 0) + 1;
    this.runs.set(id, run);
    return run;
  }

  private async load(id: string, number: number, run: number): Promise<Jump> {
    const { page, replay } = await this.sync.page(id, cursorAround(number));
    if (run !== this.runs.get(id)) return "ok";
    if (!page.ok) return this.failed(id);
    this.store.update((state) => replay(withPageAround(state, id, number, page.value)));
    return "ok";
  }

  /** What is shown stays, with a word about it. */
  private failed(id: string): Jump {
    this.store.update((state) => sentTo(state, id, null, "failed"));
    return "failed";
  }

  /** Null when there is no such message here, for me. */
  private async numberOf(id: string, messageId: string): Promise<number | null | "failed"> {
    const answer = await this.api.message(messageId);
    if (!answer.ok) return answer.failure.status === 404 || answer.failure.status === 422 ? null : "failed";
    return answer.value.conversationId === id ? answer.value.number : null;
  }

  private isAmongNewest(id: string, number: number): boolean {
    return this.store.get().windows[id]?.messages.some((message) => message.number === number) ?? false;
  }

  private async page(
    id: string,
    loading: "older" | "newer",
    cursor: string,
    put: (state: State, around: Around, page: Page) => State,
  ): Promise<void> {
    const before = this.store.get().arounds[id];
    if (!before || before.loading) return;
    this.set(id, { ...before, loading });
    const { page, replay } = await this.sync.page(id, cursor);
    const around = this.store.get().arounds[id];
    // One may have jumped elsewhere meanwhile; a page for another place must not be glued to it.
    if (around?.loading !== loading || around.upTo !== before.upTo) return;
    this.set(id, { ...around, loading: null });
    if (page.ok) this.store.update((state) => replay(put(state, { ...around, loading: null }, page.value)));
  }

  private set(id: string, around: Around): void {
    this.store.update((state) => ({ ...state, arounds: { ...state.arounds, [id]: around } }));
  }
}
