import { useEffect } from "react";
import { conversationOrder, neighbour } from "../../model/select";
import { useClient } from "../hooks";
import { openConversation } from "../router";
import type { DialogRequest } from "./dialogs";
import type { OpenSearch } from "./panel";

/** The keys that work everywhere. */
export function useKeys(
  open: string | null,
  setDialog: (request: DialogRequest | null) => void,
  openSearch: OpenSearch,
): void {
  const { chat } = useClient();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const control = event.ctrlKey || event.metaKey;
      if (control && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setDialog("switcher");
      } else if (control && event.key === "/") {
        event.preventDefault();
        setDialog("help");
      } else if (control && event.key.toLowerCase() === "f") {
        // Only what is on the screen is in the page, so the browser's own search finds little; a second time it comes.
        if (document.querySelector("dialog[open]") || document.activeElement?.closest("search")) return;
        event.preventDefault();
        openSearch(event.shiftKey ? null : open);
      } else if (event.altKey && !control && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        // A dialog has the keyboard to itself.
        if (document.querySelector("dialog[open]")) return;
        event.preventDefault();
        const all = conversationOrder(chat.store.get().conversations);
        const order = event.shiftKey ? all.filter(({ id, unread }) => unread > 0 || id === open) : all;
        const next = neighbour(order, open, event.key === "ArrowDown" ? 1 : -1);
        if (next) openConversation(next);
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [chat, open, setDialog, openSearch]);
}
