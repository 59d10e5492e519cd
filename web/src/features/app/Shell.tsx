import { lazy, Suspense, useState } from "react";
import { t } from "../../texts";
import { ConversationPane } from "../conversation/ConversationPane";
import { useLeaving } from "../files/useLeaving";
import { useChat } from "../hooks";
import { useRoute } from "../router";
import { Sidebar } from "../sidebar/Sidebar";
import { ConnectionBanner } from "../status/ConnectionBanner";
import { DialogContext, type DialogName } from "./dialogs";
import { Home } from "./Home";
import styles from "./Shell.module.css";
import { useKeys } from "./useKeys";
import { useUnreadTitle } from "./useUnreadTitle";

// Not needed for the first view.
const Dialogs = lazy(() => import("./Dialogs"));

/** The signed-in page: list on the left, one conversation on the right; on a phone one of them at a time. */
export function Shell() {
  const route = useRoute();
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const open = route.name === "conversation" ? route.id : null;
  const message = route.name === "conversation" ? route.message : undefined;
  const writable = useChat((state) => open !== null && state.conversations[open] !== undefined);
  useKeys(open, setDialog);
  useUnreadTitle();
  useLeaving();
  return (
    <DialogContext value={setDialog}>
      {writable && (
        <a className={styles.skip} href="#composer">
          {t.skip}
        </a>
      )}
      <div className={styles.shell} data-pane={open ? "conversation" : "list"}>
        <ConnectionBanner />
        <Sidebar open={open} />
        <main className={styles.main}>
          {open ? <ConversationPane key={open} id={open} message={message} /> : <Home />}
        </main>
      </div>
      <Suspense>{dialog && <Dialogs name={dialog} onClose={() => setDialog(null)} />}</Suspense>
    </DialogContext>
  );
}
