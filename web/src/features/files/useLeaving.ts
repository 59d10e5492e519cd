import { useEffect } from "react";
import type { State } from "../../model/state";
import { useChat } from "../hooks";

/** A file that has not gone out does not outlive the page, as a text does: the browser asks before it is left. */
export function useLeaving(): void {
  const unsent = useChat(hasUnsentFile);
  useEffect(() => {
    if (!unsent) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [unsent]);
}

function hasUnsentFile({ outbox }: State): boolean {
  return Object.values(outbox).some((queue) => queue.some((o) => o.file !== null && o.state !== "sent"));
}
