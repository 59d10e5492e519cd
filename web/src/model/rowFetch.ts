/** Single rows of the list, fetched where an event does not say how the row is now. */
import { withConversations } from "./merge";
import type { Api, Result } from "./ports";
import { numberOfLast } from "./receipts";
import type { Recordings } from "./recordings";
import type { State } from "./state";
import type { Store } from "./store";
import type { ChatEvent, Conversation } from "./types";

type Answer = Promise<Result<Conversation>>;

export class RowFetch {
  private readonly running = new Map<string, Answer>();
  private readonly next = new Map<string, Answer>();

  constructor(
    private readonly store: Store<State>,
    private readonly api: Api,
    private readonly recordings: Recordings,
  ) {}

  /** The conversation as it is now. Who asks while an answer is on its way gets the next one, together with all others. */
  get(id: string): Answer {
    const running = this.running.get(id);
    if (!running) return this.fetch(id);
    const waiting = this.next.get(id);
    if (waiting) return waiting;
    const next = running.then(() => {
      this.next.delete(id);
      return this.fetch(id);
    });
    this.next.set(id, next);
    return next;
  }

  /**
   * Some events do not say how the row is now. What is the newest message after one was hidden? We read up to a number: how
   * many does that leave, where the number of the last is not known? To be called with what came while rows were fetched.
   */
  after(events: readonly ChatEvent[]): void {
    const unclear = events.filter((event) => this.leavesOpen(event));
    for (const id of new Set(unclear.map((event) => "conversationId" in event && event.conversationId)))
      if (id && this.store.get().conversations[id]) void this.get(id);
  }

  private leavesOpen(event: ChatEvent): boolean {
    if (event.kind === "cleared") return true;
    const state = this.store.get();
    if (event.kind === "hidden")
      return state.conversations[event.conversationId]?.last?.id === event.messageId;
    if (event.kind !== "read" || event.userId !== state.me?.id) return false;
    const conversation = state.conversations[event.conversationId];
    return conversation !== undefined && conversation.unread > 0 && numberOfLast(state, conversation) === 0;
  }

  private fetch(id: string): Answer {
    const fetching = this.ask(id).finally(() => this.running.delete(id));
    this.running.set(id, fetching);
    return fetching;
  }

  private async ask(id: string): Answer {
    const before = this.store.get();
    const { answer, since } = await this.recordings.during(() => this.api.conversation(id));
    if (answer.ok) {
      this.store.update((state) => withConversations(state, [answer.value], since, before));
      this.after(since);
    }
    return answer;
  }
}
