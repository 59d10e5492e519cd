/**
 * Carries what we do to messages to the server. It is shown at once; a second thought replaces the first, also while
 * that is still on its way; what fails says so and keeps what was typed.
 */
import { findMessage } from "./around";
import { afterEvent } from "./messages";
import { curable } from "./outbox";
import {
  type ChangeKind,
  nothing,
  pollWith,
  reactionOf,
  withChange,
  withFailure,
  withoutChange,
} from "./overlay";
import type { Api, Result } from "./ports";
import type { Change, State } from "./state";
import type { Store } from "./store";
import type { ChatEvent, Message, MessageChange } from "./types";

/** What the server's answer says of the message; null: it is gone for us. */
type Outcome = MessageChange | null;

export class Changer {
  /** Message and kind of what is under way. */
  private readonly busy = new Set<string>();

  constructor(
    private readonly store: Store<State>,
    private readonly api: Api,
    private readonly tell: (event: ChatEvent) => void,
  ) {}

  edit(message: Message, content: string): void {
    this.begin(message, "edit", { content, failure: null });
  }

  remove(message: Message, everyone: boolean): void {
    this.begin(message, "remove", { everyone, failure: null });
  }

  /** The one we have already is taken back. */
  react(message: Message, emoji: string): void {
    const waiting = this.store.get().changes[message.id]?.react;
    const mine = waiting && !waiting.failure ? waiting.emoji : this.mine(message);
    this.begin(message, "react", { emoji: mine === emoji ? null : emoji, failure: null });
  }

  vote(message: Message, optionIds: readonly string[]): void {
    this.begin(message, "vote", { optionIds, failure: null });
  }

  close(message: Message): void {
    this.begin(message, "close", { failure: null });
  }

  retry(message: Message, kind: ChangeKind): void {
    this.store.update((state) => withFailure(state, message.id, kind, null));
    void this.run(message, kind);
  }

  dismiss(messageId: string, kind: ChangeKind): void {
    this.store.update((state) => withoutChange(state, messageId, kind));
  }

  /** The connection is back: what only its want stopped goes again. */
  resume(): void {
    const { changes, windows, arounds } = this.store.get();
    for (const { messages } of [...Object.values(windows), ...Object.values(arounds)]) {
      for (const message of messages) {
        for (const [kind, change] of Object.entries(changes[message.id] ?? {}))
          if (curable(change.failure)) this.retry(message, kind as ChangeKind);
      }
    }
  }

  private begin<K extends ChangeKind>(message: Message, kind: K, change: Change[K]): void {
    this.store.update((state) => withChange(state, message.id, kind, change));
    void this.run(message, kind);
  }

  private async run(message: Message, kind: ChangeKind): Promise<void> {
    const key = `${message.id} ${kind}`;
    if (this.busy.has(key)) return;
    this.busy.add(key);
    for (;;) {
      const change = this.store.get().changes[message.id]?.[kind];
      if (!change || change.failure) break;
      const answer = await this.ask(message, kind);
      // Thought better of it meanwhile: once more, with what is wanted now.
      const settled = this.store.get().changes[message.id]?.[kind] === change;
      if (answer.ok) this.done(message, answer.value);
      if (!settled) continue;
      this.store.update((state) =>
        answer.ok
          ? withoutChange(state, message.id, kind)
          : withFailure(state, message.id, kind, answer.failure),
      );
    }
    this.busy.delete(key);
  }

  private done(message: Message, outcome: Outcome): void {
    const { conversationId } = message;
    if (outcome === null) this.tell({ kind: "hidden", conversationId, messageId: message.id });
    // The event brings the same with its number; it may be on its way for a while, or have come already.
    else
      this.store.update((state) => {
        const now = findMessage(state, conversationId, message.id);
        const own = ownPart(now, outcome, state.me?.id ?? "");
        return own ? afterEvent(state, { ...own, conversationId, seq: 0 }) : state;
      });
  }

  private async ask(message: Message, kind: ChangeKind): Promise<Result<Outcome>> {
    const { edit, remove, react, vote } = this.store.get().changes[message.id] ?? {};
    const messageId = message.id;
    const pollId = message.poll?.id ?? "";
    if (kind === "edit" && edit)
      return map(await this.api.edit(messageId, edit.content), ({ content, facts, editedAt, deletedAt }) => ({
        kind: "edited",
        messageId,
        content,
        facts,
        editedAt,
        deletedAt,
      }));
    if (kind === "remove" && remove)
      return map(await this.api.remove(messageId, remove.everyone), (deletedAt) => {
        const empty = { content: "", facts: nothing, editedAt: null, deletedAt };
        return remove.everyone ? { kind: "edited", messageId, ...empty } : null;
      });
    if (kind === "vote" && vote)
      return map(await this.api.vote(pollId, vote.optionIds), (poll) => ({
        kind: "polled",
        messageId,
        poll,
      }));
    if (kind === "close")
      return map(await this.api.closePoll(pollId), (poll) => ({ kind: "polled", messageId, poll }));
    return this.askReaction(message, react?.emoji ?? null);
  }

  private async askReaction(message: Message, emoji: string | null): Promise<Result<Outcome>> {
    const messageId = message.id;
    const userId = this.store.get().me?.id ?? "";
    const mine = this.mine(message);
    if (emoji !== null) {
      const added = { kind: "reacted", messageId, reaction: { userId, emoji } } as const;
      return unless("reaction_exists", await this.api.react(messageId, emoji), added);
    }
    if (mine === null) return { ok: true, value: { kind: "unreacted", messageId, userId, emoji: "" } };
    const removed = { kind: "unreacted", messageId, userId, emoji: mine } as const;
    return unless("reaction_not_found", await this.api.unreact(messageId, mine), removed);
  }

  /** Our reaction as the server is known to have it. */
  private mine(message: Message): string | null {
    const state = this.store.get();
    const now = findMessage(state, message.conversationId, message.id);
    return reactionOf(now ?? message, state.me?.id ?? "");
  }
}

/** Events may have overtaken the answer, and what they told of others since then is newer than what it says of them. */
function ownPart(now: Message | undefined, outcome: MessageChange, me: string): MessageChange | null {
  if (outcome.kind === "polled" && now?.poll) {
    const mine = outcome.poll.options.filter(({ voters }) => voters.includes(me)).map(({ id }) => id);
    const closed = now.poll.closed || outcome.poll.closed;
    return { ...outcome, poll: { ...pollWith(now.poll, mine, me), closed } };
  }
  const edited = outcome.kind === "edited" && outcome.deletedAt === null;
  return edited && now?.editedAt && now.editedAt >= (outcome.editedAt ?? "") ? null : outcome;
}

function map<A>(result: Result<A>, to: (value: A) => Outcome): Result<Outcome> {
  return result.ok ? { ok: true, value: to(result.value) } : result;
}

/** A refusal that says that it is so already is as good as having done it. */
function unless(code: string, result: Result<unknown>, outcome: Outcome): Result<Outcome> {
  return result.ok || result.failure.code === code ? { ok: true, value: outcome } : result;
}
