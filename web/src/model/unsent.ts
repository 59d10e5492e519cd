/**
 * The outbox beyond this page. Whatever becomes of a message there is kept at once, so that a reload, a crash or the end of
 * the session loses nothing; other tabs of the same person show it too, and one of them sends it when this one is closed.
 */
import { listed } from "./apply";
import { adopt, changedOutgoing, confirmed, withHeard, withOutgoing, withoutOutgoing } from "./outbox";
import type { Finished, Unsent, UnsentNews } from "./ports";
import type { Outgoing, State } from "./state";
import type { Store } from "./store";

export class UnsentKeeper {
  /** As it is kept, by `clientId`. */
  private known = new Map<string, Outgoing>();
  private outbox: State["outbox"] = {};
  private userId: string | null = null;
  /** What is done now was heard of another tab, which has kept and told it. */
  private hearing = false;

  constructor(
    private readonly store: Store<State>,
    private readonly unsent: Unsent,
    /** There is something to be sent in a conversation, by this tab or, while it does, by another one. */
    private readonly pump: (conversationId: string) => void,
  ) {
    store.subscribe(() => this.look());
    unsent.listen((userId, news) => {
      if (userId !== this.userId) return;
      this.hearing = true;
      this.hear(news);
      this.hearing = false;
    });
  }

  /** Of this person. What was written in this tab meanwhile stays behind what is kept. */
  async begin(userId: string): Promise<void> {
    this.forget();
    this.userId = userId;
    const kept = await this.unsent.read(userId);
    if (this.userId !== userId) return;
    const here = Object.values(this.store.get().outbox).flat();
    const fresh = kept.filter(({ clientId }) => !here.some((o) => o.clientId === clientId));
    for (const outgoing of fresh) this.known.set(outgoing.clientId, outgoing);
    this.store.update((state) => {
      const before = { ...state, outbox: {} };
      return [...fresh, ...here].reduce(withOutgoing, fresh.length > 0 ? before : state);
    });
    for (const id of new Set(fresh.map((outgoing) => outgoing.conversationId))) this.pump(id);
  }

  /** Signed out on purpose. */
  erase(): void {
    if (this.userId !== null) this.unsent.erase(this.userId);
    this.forget();
  }

  /** Another person begins, who must not inherit anything: what is kept waits for its writer. */
  forget(): void {
    this.userId = null;
    this.known.clear();
  }

  discard(outgoing: Outgoing): void {
    if (this.known.delete(outgoing.clientId)) this.finish(outgoing, "discarded");
  }

  alone(conversationId: string, work: () => Promise<void>): Promise<void> {
    return this.userId === null ? work() : this.unsent.alone(this.userId, conversationId, work);
  }

  finished(clientId: string): Promise<Finished | null> {
    return this.userId === null ? Promise.resolve(null) : this.unsent.finished(this.userId, clientId);
  }

  private look(): void {
    const { outbox } = this.store.get();
    if (this.userId === null || outbox === this.outbox) return;
    this.outbox = outbox;
    const now = new Map(
      Object.values(outbox)
        .flat()
        .map((outgoing) => [outgoing.clientId, outgoing]),
    );
    for (const [clientId, outgoing] of now) {
      if (this.known.get(clientId) === outgoing) continue;
      this.known.set(clientId, outgoing);
      if (this.hearing) continue;
      this.unsent.write(this.userId, outgoing);
      if (outgoing.state === "sent") this.finish(outgoing, "sent");
    }
    for (const [clientId, outgoing] of [...this.known]) {
      if (now.has(clientId)) continue;
      this.known.delete(clientId);
      if (!this.hearing) this.finish(outgoing, "sent");
    }
  }

  private hear(news: UnsentNews): void {
    if (news.kind === "discarded") {
      this.store.update((state) => withoutOutgoing(state, news.conversationId, news.clientId));
      return;
    }
    const { outgoing } = news;
    const { clientId, conversationId } = outgoing;
    const here = this.store.get().outbox[conversationId]?.find((o) => o.clientId === clientId);
    const answer = outgoing.confirmed;
    // Its event may have been here first.
    if (here?.state === "sent" || (!here && outgoing.state === "sent")) return;
    if (answer) {
      this.store.update((state) => listed(confirmed(state, answer), answer));
      return;
    }
    this.store.update((state) => {
      if (here) return changedOutgoing(state, conversationId, clientId, () => outgoing);
      // Its event may have been faster than this.
      return adopt(withHeard(state, outgoing), conversationId);
    });
    this.pump(conversationId);
  }

  private finish(outgoing: Outgoing, how: Finished): void {
    if (this.userId !== null) this.unsent.finish(this.userId, outgoing, how);
  }
}
