/** The search beside the conversation: open or not, and where it looks. */
import { createContext, useCallback, useContext, useRef, useState } from "react";

export interface SearchScope {
  /** Null: everywhere. */
  conversationId: string | null;
}

/** @param conversationId where to search; null: everywhere */
export type OpenSearch = (conversationId: string | null) => void;

export const SearchContext = createContext<OpenSearch>(() => {});

export function useSearchPanel(): OpenSearch {
  return useContext(SearchContext);
}

/** For the shell. What had the focus gets it back. A new scope object means: asked for again. */
export function useSearchScope() {
  const [scope, setScope] = useState<SearchScope | null>(null);
  const before = useRef<Element | null>(null);
  const openSearch = useCallback((conversationId: string | null) => {
    const focused = document.activeElement;
    if (!focused?.closest("search")) before.current = focused;
    setScope({ conversationId });
  }, []);
  const closeSearch = useCallback(() => {
    setScope(null);
    const element = before.current;
    if (element instanceof HTMLElement && element.isConnected) element.focus({ preventScroll: true });
  }, []);
  return { scope, openSearch, closeSearch };
}
