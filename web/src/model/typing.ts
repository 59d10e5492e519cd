/** When to tell the others that we type: at most every 3 s while typing, an end on send, blur or 4 s of silence. */
import type { Clock } from "./ports";

const AGAIN_MS = 3_000;
const IDLE_MS = 4_000;

export class TypingNotice {
  private conversationId: string | null = null;
  private toldAt = 0;
  private cancelIdle: () => void = () => {};

  constructor(
    private readonly tell: (conversationId: string, typing: boolean) => void,
    private readonly clock: Clock,
  ) {}

  typed(conversationId: string): void {
    if (this.conversationId !== conversationId) this.stopped();
    const now = this.clock.now();
    if (this.conversationId === null || now - this.toldAt >= AGAIN_MS) {
      this.conversationId = conversationId;
      this.toldAt = now;
      this.tell(conversationId, true);
    }
    this.cancelIdle();
    this.cancelIdle = this.clock.after(IDLE_MS, () => this.stopped());
  }

  stopped(): void {
    this.cancelIdle();
    if (this.conversationId === null) return;
    this.tell(this.conversationId, false);
    this.conversationId = null;
  }
}
