/**
 * Carries the outbox to the server: one message of a conversation at a time, in the order they were written. What
 * fails says so at once and keeps its text; what failed only for want of a connection goes by itself when it is back.
 */
import { listed } from "./apply";
import type { Attachment } from "./attachment";
import {
  confirmed,
  curable,
  cured,
  failed,
  nextToSend,
  retried,
  sentElsewhere,
  withOutgoing,
  withoutOutgoing,
} from "./outbox";
import type { Api, Bytes, Clock, Finished } from "./ports";
import type { Outgoing, State } from "./state";
import type { Store } from "./store";
import type { Failure, Quote } from "./types";
import type { Uploads } from "./uploads";

/** A dying server breaks the request a moment before the line does: look a little later before calling it a failure. */
const NOTICE_MS = 250;
/** A pause the server asks for is simply waited out up to this many seconds. */
const PATIENCE_S = 30;
const OFFLINE_RETRY_MS = 5_000;

/** The other tabs of the same person, who have the same messages to send. */
export interface Others {
  alone(conversationId: string, work: () => Promise<void>): Promise<void>;
  finished(clientId: string): Promise<Finished | null>;
  discard(outgoing: Outgoing): void;
}

export class Sender {
  private readonly busy = new Set<string>();
  /** How often the connection came back. */
  private returns = 0;

  constructor(
    private readonly store: Store<State>,
    private readonly api: Api,
    private readonly uploads: Uploads,
    private readonly clock: Clock,
    private readonly newId: () => string,
    /** Whether the line is open: asked, not remembered, since one whose network is gone looks open for seconds. */
    private readonly alive: () => Promise<boolean>,
    /** Null: there is no other tab. */
    private readonly others: () => Others | null = () => null,
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
    const discarded = this.store.get().outbox[conversationId]?.find((o) => o.clientId === clientId);
    if (discarded) this.others()?.discard(discarded);
    this.store.update((state) => withoutOutgoing(state, conversationId, clientId));
  }

  /** The connection is back: what waited goes, and what only the missing connection stopped goes again. */
  resume(): void {
    this.returns++;
    for (const [id, queue] of Object.entries(this.store.get().outbox)) {
      const stopped = queue.filter((o) => o.state === "failed" && curable(o.failure));
      for (const { clientId } of stopped) this.store.update((state) => cured(state, id, clientId));
      void this.pump(id);
    }
  }

  async pump(conversationId: string): Promise<void> {
    if (this.busy.has(conversationId) || !nextToSend(this.store.get(), conversationId)) return;
    this.busy.add(conversationId);
    const work = () => this.deliverAll(conversationId);
    await (this.others()?.alone(conversationId, work) ?? work());
  }

  private async deliverAll(conversationId: string): Promise<void> {
    let next = nextToSend(this.store.get(), conversationId);
    while (next && (await this.deliver(next))) next = nextToSend(this.store.get(), conversationId);
    // Here, and not when the turn has been given back, which takes a while: who writes meanwhile asks for a turn anew.
    this.busy.delete(conversationId);
  }

  /** True: go on with the next. False: this and what follows wait for the connection or a person. */
  private async deliver(outgoing: Outgoing): Promise<boolean> {
    const { conversationId, clientId, content, quote, file } = outgoing;
    const others = this.others();
    const finished = others && (await others.finished(clientId));
    if (finished) {
      const after = finished === "sent" ? sentElsewhere : withoutOutgoing;
      this.store.update((state) => after(state, conversationId, clientId));
      return true;
    }
    const { returns } = this;
    const answer = file
      ? await this.uploads.deliver(outgoing, file)
      : await this.api.send({ conversationId, clientId, content, replyToId: quote?.id ?? null });
    if (answer.ok) {
      this.store.update((state) => listed(confirmed(state, answer.value), answer.value));
      return true;
    }
    return this.handle(conversationId, clientId, answer.failure, returns);
  }

  /** @param returns as it was when the message went out */
  private async handle(
    conversationId: string,
    clientId: string,
    failure: Failure,
    returns: number,
  ): Promise<boolean> {
    if (failure.code === "cancelled") return true;
    if (failure.status === 401) return false;
    if (failure.status === 429 && (failure.retryAfter ?? 1) <= PATIENCE_S) {
      await this.sleep((failure.retryAfter ?? 1) * 1_000);
      return true;
    }
    if (failure.status === 0) {
      await this.sleep(NOTICE_MS);
      const alive = await this.alive();
      // Over a line that is not the present one.
      if (this.returns !== returns) return true;
      if (!alive) {
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
