/** When to tell the others that we type: at most every 3 s while typing, an end on send, blur or 4 s of silence. */
import type { Clock } from "./ports";

const AGAIN_MS = 3_000;
/** The server passes one sign of typing a second; an earlier one after a stop would be lost, so it waits. */
const RESTART_MS = 1_050;
const IDLE_MS = 4_000;

export class TypingNotice {
  /** Where one types now, and whether the others were told. */
  private current: { id: string; told: boolean } | null = null;
  private last: { id: string; at: number } | null = null;
  private cancelIdle: () => void = () => {};
  private cancelStart: () => void = () => {};

  constructor(
    private readonly tell: (conversationId: string, typing: boolean) => void,
    private readonly clock: Clock,
  ) {}

  typed(id: string): void {
    if (this.current?.id !== id) this.begin(id);
    else if (this.current.told && this.since(id) >= AGAIN_MS) this.start(id);
    this.cancelIdle();
    this.cancelIdle = this.clock.after(IDLE_MS, () => this.stopped());
  }

  stopped(): void {
    this.cancelIdle();
    this.cancelStart();
    if (this.current?.told) this.tell(this.current.id, false);
    this.current = null;
  }

  private begin(id: string): void {
    this.stopped();
    this.current = { id, told: false };
    const wait = RESTART_MS - this.since(id);
    if (wait <= 0) this.start(id);
    else this.cancelStart = this.clock.after(wait, () => this.start(id));
  }

  private start(id: string): void {
    this.current = { id, told: true };
    this.last = { id, at: this.clock.now() };
    this.tell(id, true);
  }

  private since(id: string): number {
    return this.last?.id === id ? this.clock.now() - this.last.at : Number.POSITIVE_INFINITY;
  }
}
