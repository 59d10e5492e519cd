/**
 * Tells the server that messages arrived on this device. One call per conversation however many came, after a moment in
 * which they may be read anyway: reading implies it.
 */
import type { Api, Clock } from "./ports";
import type { State } from "./state";
import type { Store } from "./store";

const WITHIN_MS = 400;
const RETRY_MS = 5_000;

export class Delivering {
  /** The newest message we told of, per conversation. */
  private readonly told = new Map<string, string>();
  private seen: State["conversations"] = {};
  private waiting = false;

  constructor(
    private readonly store: Store<State>,
    private readonly api: Api,
    private readonly clock: Clock,
  ) {}

  /** To be called whenever the store changed. */
  look(): void {
    const { conversations, connection } = this.store.get();
    if (conversations === this.seen || connection.name !== "online" || this.waiting) return;
    this.seen = conversations;
    if (this.due().length > 0) this.soon(WITHIN_MS);
  }

  stop(): void {
    this.told.clear();
    this.seen = {};
  }

  private soon(ms: number): void {
    this.waiting = true;
    this.clock.after(ms, () => void this.tell());
  }

  private async tell(): Promise<void> {
    for (const id of this.due()) {
      // Read meanwhile, or told by a way round.
      const newest = this.untold(id);
      if (newest === null || this.store.get().connection.name !== "online") continue;
      this.told.set(id, newest);
      const answer = await this.api.markDelivered(id);
      if (answer.ok || answer.failure.status === 404) continue;
      this.told.delete(id);
      this.seen = {};
      this.soon(RETRY_MS);
      return;
    }
    this.waiting = false;
    this.look();
  }

  private due(): string[] {
    return Object.keys(this.store.get().conversations).filter((id) => this.untold(id) !== null);
  }

  private untold(id: string): string | null {
    const { conversations, me } = this.store.get();
    const conversation = conversations[id];
    const last = conversation?.last;
    if (!last || conversation.unread === 0 || this.told.get(id) === last.id) return null;
    return last.senderId === me?.id && last.type !== "SYSTEM" ? null : last.id;
  }
}
