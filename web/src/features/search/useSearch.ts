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
  const { text, conversationId, senderId, type, from, to } = query;

  useEffect(() => {
    void attempt;
    const mine = ++run.current;
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
      const answer = await chat.search(asked.current, null);
      if (mine !== run.current) return;
      setLoading(false);
      if (!answer.ok) setFailure(answer.failure);
      setHits(answer.ok ? answer.value.hits : null);
      setNext(answer.ok ? answer.value.next : null);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [chat, text, conversationId, senderId, type, from, to, attempt]);

  const loadMore = useCallback(async () => {
    if (next === null || loading) return;
    const mine = run.current;
    setLoading(true);
    setFailure(null);
    const answer = await chat.search(asked.current, next);
    if (mine !== run.current) return;
    setLoading(false);
    if (!answer.ok) {
      setFailure(answer.failure);
      return;
    }
    setHits((before) => [...(before ?? []), ...answer.value.hits]);
    setNext(answer.value.next);
  }, [chat, next, loading]);

  const again = useCallback(() => setAttempt((n) => n + 1), []);
  return { hits, loading, failure, more: next !== null, loadMore: () => void loadMore(), again };
}
