/** Administering a group: each change waits for the server's answer; everybody, we too, sees it by the event. */
import { forget } from "./membership";
import type { Api, Result } from "./ports";
import type { History } from "./requests";
import type { State } from "./state";
import type { Store } from "./store";
import type { Failure, Person } from "./types";

/** The server takes this many in one call. */
const ADDED_AT_ONCE = 50;

export class Groups {
  constructor(
    private readonly store: Store<State>,
    private readonly api: Api,
    /** Fetches the conversation once more: the line that brings the events may be down. */
    private readonly refresh: (id: string) => Promise<unknown>,
  ) {}

  async rename(id: string, name: string): Promise<Failure | null> {
    return this.update(id, { name });
  }

  async changeHistory(id: string, history: History): Promise<Failure | null> {
    const before = this.store.get().conversations[id]?.history ?? null;
    this.know(id, history);
    const failure = await this.update(id, { history });
    if (failure) this.know(id, before);
    return failure;
  }

  /** Who may read what came before; asked once, then the events tell. */
  async loadHistory(id: string): Promise<void> {
    const answer = await this.api.history(id);
    if (answer.ok) this.know(id, answer.value);
  }

  async add(id: string, people: readonly Person[]): Promise<Failure | null> {
    for (let at = 0; at < people.length; at += ADDED_AT_ONCE) {
      const some = people.slice(at, at + ADDED_AT_ONCE).map((person) => person.id);
      const failure = await this.after(id, this.api.addMembers(id, some));
      if (failure) return failure;
    }
    return null;
  }

  remove(id: string, userId: string): Promise<Failure | null> {
    return this.after(id, this.api.removeMember(id, userId));
  }

  setRole(id: string, userId: string, role: "admin" | "member"): Promise<Failure | null> {
    return this.after(id, this.api.setRole(id, userId, role));
  }

  async leave(id: string): Promise<Failure | null> {
    const answer = await this.api.leave(id);
    // Gone already is what was wanted.
    if (!answer.ok && answer.failure.status !== 404) return answer.failure;
    this.store.update((state) => forget(state, id));
    return null;
  }

  private async update(id: string, change: Parameters<Api["updateGroup"]>[1]): Promise<Failure | null> {
    const answer = await this.api.updateGroup(id, change);
    if (!answer.ok) return answer.failure;
    const { name, avatarUrl } = answer.value;
    this.store.update((state) => {
      const conversation = state.conversations[id];
      if (!conversation) return state;
      // Nothing else: the rest of the answer may be older than what events have told meanwhile.
      const row = { ...conversation, name, avatarUrl };
      return { ...state, conversations: { ...state.conversations, [id]: row } };
    });
    return null;
  }

  private async after(id: string, call: Promise<Result<unknown>>): Promise<Failure | null> {
    const answer = await call;
    if (!answer.ok) return answer.failure;
    await this.refresh(id);
    return null;
  }

  private know(id: string, history: History | null): void {
    this.store.update((state) => {
      const conversation = state.conversations[id];
      if (!conversation) return state;
      return { ...state, conversations: { ...state.conversations, [id]: { ...conversation, history } } };
    });
  }
}
