import { useEffect, useState, useSyncExternalStore } from "react";
import { isOwn } from "../../model/rows";
import type { Window } from "../../model/state";
import type { Conversation } from "../../model/types";
import { newestNumber } from "../../model/window";
import { useClient } from "../hooks";

interface Input {
  conversation: Conversation;
  window: Window;
  atBottom: boolean;
  me: string;
}

/**
 * Marks the conversation read when its newest message is really before somebody's eyes: tab visible and focused, the
 * bottom in view. Answers how many messages of others came since then.
 */
export function useReading({ conversation, window, atBottom, me }: Input): number {
  const { chat } = useClient();
  const attentive = useAttentive();
  const { id, unread } = conversation;
  const newest = newestNumber(window);
  const [seen, setSeen] = useState(newest - unread);
  useEffect(() => {
    if (atBottom) setSeen(newest);
  }, [atBottom, newest]);
  useEffect(() => {
    if (attentive && atBottom && unread > 0) void chat.markRead(id);
  }, [chat, id, attentive, atBottom, unread]);
  return window.messages.filter((message) => message.number > seen && !isOwn(message, me)).length;
}

/** The tab is visible and has the focus. */
export function useAttentive(): boolean {
  return useSyncExternalStore(subscribe, looking);
}

function looking(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("focus", listener);
  window.addEventListener("blur", listener);
  document.addEventListener("visibilitychange", listener);
  return () => {
    window.removeEventListener("focus", listener);
    window.removeEventListener("blur", listener);
    document.removeEventListener("visibilitychange", listener);
  };
}
