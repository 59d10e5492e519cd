import { useCallback, useEffect, useRef, useState } from "react";
import type { Hit, SearchQuery } from "../../model/requests";
import type { Failure } from "../../model/types";
import { useClient } from "../hooks";

const PAUSE_MS = 250;

export interface Found {
  /** Null: nothing was asked yet, or the answer is on its way. */
  hits: readonly Hit[] | null;
  loading: boolean;
  failure: Failure | null;
  more: boolean;
  loadMore: () => void;
  again: () => void;
}

/** Asks a moment after the last change; the answer to an older question never overtakes that to a newer one. */
export function useSearch(query: SearchQuery): Found {
  const { chat } = useClient();
  const [hits, setHits] = useState<readonly Hit[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [loading, setLoading] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const run = useRef(0);
  const asked = useRef(query);
  // The page under way: the state of a render is too old to tell, when two scrolls come before the next.
  const fetching = useRef<string | null>(null);
  const { text, conversationId, senderId, type, from, to } = query;

  useEffect(() => {
    void attempt;
    const mine = ++run.current;
    fetching.current = null;
    asked.current = { text: text.trim(), conversationId, senderId, type, from, to };
    setFailure(null);
    if (!text.trim()) {
      setHits(null);
      setNext(null);
      setLoading(false);
      return;
    }
    setLoading(true);
    const timer = setTimeout(async () => {
      const found = await chat.search(asked.current, null, () => mine === run.current);
      if (mine !== run.current) return;
      setLoading(false);
      setFailure(found.failure);
      setHits(found.failure && found.next === null ? null : found.hits);
      setNext(found.next);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      // The panel is closed, or another question comes: what is under way goes no further.
      run.current++;
    };
  }, [chat, text, conversationId, senderId, type, from, to, attempt]);

  const loadMore = useCallback(async () => {
    if (next === null || loading || fetching.current === next) return;
    const mine = run.current;
    fetching.current = next;
    setLoading(true);
    setFailure(null);
    const found = await chat.search(asked.current, next, () => mine === run.current);
    if (mine !== run.current) return;
    fetching.current = null;
    setLoading(false);
    setFailure(found.failure);
    setHits((before) => [...(before ?? []), ...found.hits]);
    setNext(found.next);
  }, [chat, next, loading]);

  const again = useCallback(() => setAttempt((n) => n + 1), []);
  return { hits, loading, failure, more: next !== null, loadMore: () => void loadMore(), again };
}
