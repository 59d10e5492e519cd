import { useEffect } from "react";
import { conversationOrder, neighbour } from "../../model/select";
import { useClient } from "../hooks";
import { openConversation } from "../router";
import type { DialogName } from "./dialogs";

/** The keys that work everywhere. */
export function useKeys(open: string | null, setDialog: (name: DialogName | null) => void): void {
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
  }, [chat, open, setDialog]);
}
