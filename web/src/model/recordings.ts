import type { ChatEvent } from "./types";

/** Everything that was told while something was being fetched, by the line or as missed: the answer may be older than these. */
export class Recordings {
  private readonly running = new Set<ChatEvent[]>();

  private whole = new WeakSet<ChatEvent[]>();

  /** There is a new line: of what has no number, something may be in no recording that began before. */
  interrupt(): void {
    this.whole = new WeakSet();
  }

  /** Asks, again where the line was lost meanwhile: what was fetched over the new one is newer than that answer may be. */
  async during<T>(ask: () => Promise<T>): Promise<{ answer: T; since: ChatEvent[] }> {
    for (;;) {
      const since = this.begin();
      const answer = await ask();
      this.end(since);
      if (this.whole.has(since)) return { answer, since };
    }
  }

  begin(): ChatEvent[] {
    const recording: ChatEvent[] = [];
    this.running.add(recording);
    this.whole.add(recording);
    return recording;
  }

  end(recording: ChatEvent[]): void {
    this.running.delete(recording);
  }

  tell(events: readonly ChatEvent[]): void {
    for (const recording of this.running) recording.push(...events);
  }
}
