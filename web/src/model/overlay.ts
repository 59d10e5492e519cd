/** A message as we see it before the server has confirmed what we did to it. Pure. */
import { afterChange } from "./messages";
import { type Change, type State, without } from "./state";
import type { Failure, Message, Poll, Reaction } from "./types";

export type ChangeKind = keyof Change;

/** What could not be done. The change waits, shown or not, for a retry. */
export interface Note {
  kind: ChangeKind;
  failure: Failure;
}

const KINDS = ["edit", "remove", "react", "vote", "close"] as const satisfies ChangeKind[];

export const nothing = { mentions: [], mentionsAll: false, preview: null, file: null };

/** Null: it is not to be seen any more. */
export function overlaid(message: Message, change: Change | undefined, me: string): Message | null {
  if (!change) return message;
  let next = message;
  const { edit, remove, react, vote, close } = change;
  // A text that could not be saved stays in sight; anything else that failed is as before.
  if (edit && !message.deletedAt)
    next = { ...next, content: edit.content, editedAt: next.editedAt ?? next.at };
  if (react && !react.failure) next = { ...next, reactions: reactionsWith(next, react.emoji, me) };
  if (next.poll && vote && !vote.failure) next = { ...next, poll: pollWith(next.poll, vote.optionIds, me) };
  if (next.poll && close && !close.failure) next = { ...next, poll: { ...next.poll, closed: true } };
  if (!remove || remove.failure) return next;
  return remove.everyone ? stub(next, next.at) : null;
}

export function stub(message: Message, deletedAt: string): Message {
  const empty = { content: "", facts: nothing, editedAt: null, deletedAt };
  return afterChange(message, { kind: "edited", messageId: message.id, ...empty });
}

export function reactionOf(message: Message, userId: string): string | null {
  return message.reactions.find((reaction) => reaction.userId === userId)?.emoji ?? null;
}

function reactionsWith(message: Message, emoji: string | null, me: string): Reaction[] {
  const others = message.reactions.filter(({ userId }) => userId !== me);
  return emoji === null ? others : [...others, { userId: me, emoji }];
}

/** With this choice of ours; the others' votes stay. */
export function pollWith(poll: Poll, chosen: readonly string[], me: string): Poll {
  const options = poll.options.map((option) => {
    const others = option.voters.filter((voter) => voter !== me);
    return { ...option, voters: chosen.includes(option.id) ? [...others, me] : others };
  });
  return { ...poll, options };
}

export function noteOf(change: Change | undefined): Note | null {
  for (const kind of KINDS) {
    const failure = change?.[kind]?.failure;
    if (failure) return { kind, failure };
  }
  return null;
}

export function withChange<K extends ChangeKind>(
  state: State,
  messageId: string,
  kind: K,
  change: Change[K],
): State {
  return {
    ...state,
    changes: { ...state.changes, [messageId]: { ...state.changes[messageId], [kind]: change } },
  };
}

export function withoutChange(state: State, messageId: string, kind: ChangeKind): State {
  const { [kind]: gone, ...rest } = state.changes[messageId] ?? {};
  if (!gone) return state;
  if (Object.keys(rest).length === 0) return { ...state, changes: without(state.changes, messageId) };
  return { ...state, changes: { ...state.changes, [messageId]: rest } };
}

export function withFailure(
  state: State,
  messageId: string,
  kind: ChangeKind,
  failure: Failure | null,
): State {
  const change = state.changes[messageId]?.[kind];
  if (!change) return state;
  return withChange(state, messageId, kind, { ...change, failure } as never);
}
