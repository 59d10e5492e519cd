import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import type { VirtualizerHandle } from "virtua";
import { isOwn, type Row } from "../../model/rows";
import type { Window } from "../../model/state";
import type { Conversation } from "../../model/types";
import { newestNumber } from "../../model/window";
import { useAttentive } from "./useReading";

/** Above the first message that was unread when one came, or came back. It stays there while one looks. */
export function useReadUpTo(conversation: Conversation, window: Window, live: boolean, atBottom: boolean) {
  const { unread } = conversation;
  const attentive = useAttentive();
  const before = useRef(0);
  const [readUpTo, setReadUpTo] = useState(() => (live && unread > 0 ? newestNumber(window) - unread : null));
  const newest = newestNumber(window);
  useEffect(() => {
    const begins = before.current === 0 && unread > 0;
    before.current = unread;
    // At the bottom before somebody's eyes a message is read as it comes.
    if (begins && live && !(attentive && atBottom)) setReadUpTo(newest - unread);
  }, [unread, newest, live, attentive, atBottom]);
  const clear = useCallback(() => setReadUpTo(null), []);
  return { readUpTo, clear };
}

export interface Missed {
  count: number;
  /** Of the first of them; null when it is not loaded. */
  since: string | null;
}

interface Input {
  rows: readonly Row[];
  list: RefObject<VirtualizerHandle | null>;
  window: Window;
  conversation: Conversation;
  me: string;
  readUpTo: number | null;
  settled: boolean;
}

/** What is new above the screen, until its beginning has been in sight once. */
export function useMissed({ rows, list, window, conversation, me, readUpTo, settled }: Input) {
  const attentive = useAttentive();
  const [above, setAbove] = useState(false);
  const seen = useRef<number | null>(null);
  const line = rows.findIndex((row) => row.kind === "new");
  const [first] = window.messages;
  const unloaded = readUpTo !== null && line < 0 && (first?.number ?? 0) > readUpTo + 1;
  const look = useCallback(() => {
    const handle = list.current;
    if (!handle || readUpTo === null || seen.current === readUpTo) return setAbove(false);
    if (line < 0) return setAbove(unloaded);
    const offset = handle.getItemOffset(line) - handle.scrollOffset;
    if (attentive && offset >= 0 && offset < handle.viewportSize) seen.current = readUpTo;
    setAbove(offset < 0);
  }, [list, line, unloaded, readUpTo, attentive]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new rows move the line.
  useEffect(() => {
    if (settled) look();
  }, [settled, look, rows]);
  const missed = window.messages.filter((m) => m.number > (readUpTo ?? 0) && !isOwn(m, me));
  const news: Missed | null = above
    ? {
        count: unloaded ? conversation.unread : missed.length,
        since: unloaded ? null : (missed[0]?.at ?? null),
      }
    : null;
  return { news: news && news.count > 0 ? news : null, look, line };
}
