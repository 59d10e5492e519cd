/** What a notification says, and whether it is needed at all. Pure. */
import { nameIn } from "./select";
import type { State } from "./state";
import type { Notice } from "./types";

/** Several tabs get the same notice; one of them tells it. */
export function noticeKey({ conversationId, about, messageId, actorId }: Notice): string {
  return [conversationId, about, messageId ?? "", actorId].join("/");
}

/** What it is about is before somebody's eyes. */
export function inView(notice: Notice, open: string | null, looking: boolean): boolean {
  return looking && open === notice.conversationId;
}

export interface NoticeContent {
  about: Notice["about"];
  actor: string;
  /** Null in a direct conversation. */
  group: string | null;
  /** The message, where we know it. */
  message: { content: string; type: string } | null;
}

/** Null when there is nothing to tell (any more): the conversation is gone, or it is about somebody blocked. */
export function contentOf(state: State, notice: Notice): NoticeContent | null {
  const conversation = state.conversations[notice.conversationId];
  if (!conversation || state.blocked[notice.actorId]) return null;
  const loaded = state.windows[notice.conversationId]?.messages.find(({ id }) => id === notice.messageId);
  const { last } = conversation;
  const message = loaded ?? (last && last.id === notice.messageId ? last : null);
  // Deleted since: its text is not told once more.
  if (loaded?.deletedAt) return null;
  return {
    about: notice.about,
    actor: nameIn(conversation, notice.actorId) ?? loaded?.senderName ?? conversation.name,
    group: conversation.type === "group" ? conversation.name : null,
    message: message && { content: message.content, type: message.type },
  };
}
