import { type RefObject, useEffect } from "react";

/** Escape anywhere in the conversation, where nothing else is there to be left by it. Null: nothing to do. */
export function useEscape(inside: RefObject<HTMLElement | null>, then: (() => void) | null): void {
  useEffect(() => {
    if (!then) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (document.querySelector("dialog[open], [popover]:popover-open")) return;
      const target = event.target as Node;
      if (target === document.body || inside.current?.closest("section")?.contains(target)) then();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [inside, then]);
}
