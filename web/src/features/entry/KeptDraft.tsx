import { useLayoutEffect, useRef, useState } from "react";
import { t } from "../../texts";
import { useChat, useClient } from "../hooks";
import { useRoute } from "../router";
import styles from "./Entry.module.css";

/** What was being typed when the session ended. It can be typed on: it is the draft itself, and comes back with it. */
export function KeptDraft() {
  const route = useRoute();
  const id = route.name === "conversation" ? route.id : "";
  const name = useChat((state) => state.conversations[id]?.name ?? null);
  const text = useChat((state) => state.drafts[id] ?? "");
  const { chat } = useClient();
  // Emptied by hand it stays until one leaves; a page with nothing typed shows none.
  const [shown] = useState(text !== "");
  const [caret] = useState(caretOfComposer);
  const box = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    if (caret === null || !box.current) return;
    box.current.focus();
    box.current.setSelectionRange(caret, caret);
  }, [caret]);
  if (!shown) return null;
  return (
    <div className={styles.draft}>
      <label htmlFor="kept-draft">{t.entry.keptDraft(name)}</label>
      <textarea
        ref={box}
        id="kept-draft"
        data-testid="kept-draft"
        dir="auto"
        rows={3}
        value={text}
        onChange={(event) => chat.draft(id, event.target.value)}
      />
    </div>
  );
}

/** Asked while the page is being drawn, when the composer that is about to go still has the focus. */
function caretOfComposer(): number | null {
  const focused = document.activeElement;
  return focused instanceof HTMLTextAreaElement && focused.id === "composer" ? focused.selectionStart : null;
}
