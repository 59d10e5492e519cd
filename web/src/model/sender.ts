/**
 * Carries the outbox to the server: one message of a conversation at a time, in the order they were written. What
 * fails says so at once and keeps its text; what failed only for want of a connection goes by itself when it is back.
 */
import { listed } from "./apply";
import type { Attachment } from "./attachment";
import { confirmed, curable, failed, nextToSend, retried, withOutgoing, withoutOutgoing } from "./outbox";
import type { Api, Bytes, Clock } from "./ports";
import type { Outgoing, State } from "./state";
import type { Store } from "./store";
import type { Failure, Quote } from "./types";
import type { Uploads } from "./uploads";

/** A dying server breaks the request a moment before the socket notices: look again before calling it a failure. */
const NOTICE_MS = 250;
/** A pause the server asks for is simply waited out up to this many seconds. */
const PATIENCE_S = 30;
const OFFLINE_RETRY_MS = 5_000;

export class Sender {
  private readonly busy = new Set<string>();

  constructor(
    private readonly store: Store<State>,
    private readonly api: Api,
    private readonly uploads: Uploads,
    private readonly clock: Clock,
    private readonly newId: () => string,
  ) {}

  send(conversationId: string, content: string, quote: Quote | null = null): void {
    this.enqueue(this.newId(), conversationId, content, quote, null);
  }

  sendFile(conversationId: string, file: Attachment, bytes: Bytes, quote: Quote | null = null): void {
    const clientId = this.newId();
    this.uploads.hold(clientId, bytes);
    this.enqueue(clientId, conversationId, file.name, quote, file);
  }

  private enqueue(
    clientId: string,
    conversationId: string,
    content: string,
    quote: Quote | null,
    file: Attachment | null,
  ): void {
    const outgoing: Outgoing = {
      clientId,
      conversationId,
      content,
      quote,
      file,
      at: new Date(this.clock.now()).toISOString(),
      state: "pending",
      failure: null,
      confirmed: null,
    };
    this.store.update((state) => withOutgoing(state, outgoing));
    void this.pump(conversationId);
  }

  retry(conversationId: string, clientId: string): void {
    this.store.update((state) => retried(state, conversationId, clientId));
    void this.pump(conversationId);
  }

  discard(conversationId: string, clientId: string): void {
    this.uploads.cancel(clientId);
    this.store.update((state) => withoutOutgoing(state, conversationId, clientId));
  }

  /** The connection is back: what waited goes, and what only the missing connection stopped goes again. */
  resume(): void {
    for (const [id, queue] of Object.entries(this.store.get().outbox)) {
      const cured = queue.filter((o) => o.state === "failed" && curable(o.failure));
      for (const { clientId } of cured) this.store.update((state) => retried(state, id, clientId));
      void this.pump(id);
    }
  }

  private async pump(conversationId: string): Promise<void> {
    if (this.busy.has(conversationId)) return;
    this.busy.add(conversationId);
    let next = nextToSend(this.store.get(), conversationId);
    while (next && (await this.deliver(next))) next = nextToSend(this.store.get(), conversationId);
    this.busy.delete(conversationId);
  }

  /** True: go on with the next. False: this and what follows wait for the connection or a person. */
  private async deliver(outgoing: Outgoing): Promise<boolean> {
    const { conversationId, clientId, content, quote, file } = outgoing;
    const answer = file
      ? await this.uploads.deliver(outgoing, file)
      : await this.api.send({ conversationId, clientId, content, replyToId: quote?.id ?? null });
    if (answer.ok) {
      this.store.update((state) => listed(confirmed(state, answer.value), answer.value));
      return true;
    }
    return this.handle(conversationId, clientId, answer.failure);
  }

  private async handle(conversationId: string, clientId: string, failure: Failure): Promise<boolean> {
    if (failure.code === "cancelled") return true;
    if (failure.status === 401) return false;
    if (failure.status === 429 && (failure.retryAfter ?? 1) <= PATIENCE_S) {
      await this.sleep((failure.retryAfter ?? 1) * 1_000);
      return true;
    }
    if (failure.status === 0) {
      await this.sleep(NOTICE_MS);
      if (this.store.get().connection.name !== "online") {
        // REST may come back before the socket does.
        this.clock.after(OFFLINE_RETRY_MS, () => void this.pump(conversationId));
        return false;
      }
    }
    this.store.update((state) => failed(state, conversationId, clientId, failure));
    return true;
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((done) => this.clock.after(ms, done));
  }
}
