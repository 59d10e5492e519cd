import type { ChatEvent } from "./types";

/** Everything that came while something was being fetched: the answer may be older than these. */
export class Recordings {
  private readonly running = new Set<ChatEvent[]>();
  private whole = new WeakSet<ChatEvent[]>();

  begin(): ChatEvent[] {
    const recording: ChatEvent[] = [];
    this.running.add(recording);
    this.whole.add(recording);
    return recording;
  }

  /** There is a new line: what came between the two is in no recording that began before. */
  interrupt(): void {
    this.whole = new WeakSet();
  }

  isWhole(recording: ChatEvent[]): boolean {
    return this.whole.has(recording);
  }

  /** Asks, again where the line was lost meanwhile: what was fetched over the new one is newer than that answer may be. */
  async during<T>(ask: () => Promise<T>): Promise<{ answer: T; since: ChatEvent[] }> {
    for (;;) {
      const since = this.begin();
      const answer = await ask();
      this.end(since);
      if (this.isWhole(since)) return { answer, since };
    }
  }

  end(recording: ChatEvent[]): void {
    this.running.delete(recording);
  }

  tell(event: ChatEvent): void {
    for (const recording of this.running) recording.push(event);
  }
}
