import { lazy, Suspense, useEffect, useState } from "react";
import { t } from "../../texts";
import { ConversationPane } from "../conversation/ConversationPane";
import { useLeaving } from "../files/useLeaving";
import { useChat } from "../hooks";
import { useNotices } from "../notify/useNotices";
import { useRoute } from "../router";
import { Sidebar } from "../sidebar/Sidebar";
import { ConnectionBanner } from "../status/ConnectionBanner";
import { Mishaps } from "../status/Mishap";
import { DialogContext, type DialogRequest } from "./dialogs";
import { Home } from "./Home";
import { part } from "./outdated";
import { SearchContext, useSearchScope } from "./panel";
import styles from "./Shell.module.css";
import { useKeys } from "./useKeys";
import { useUnreadTitle } from "./useUnreadTitle";

// Not needed for the first view, but soon: who types right after Ctrl+K should not lose the first letters.
const loadDialogs = part(() => import("./Dialogs"));
const loadSearch = part(() => import("../search/SearchPanel"));
const Dialogs = lazy(loadDialogs);
const SearchPanel = lazy(loadSearch);
const SOON_MS = 2_000;

/** The signed-in page: list on the left, one conversation on the right; on a phone one of them at a time. */
export function Shell() {
  const route = useRoute();
  const [dialog, setDialog] = useState<DialogRequest | null>(null);
  const { scope, openSearch, closeSearch } = useSearchScope();
  const open = route.name === "conversation" ? route.id : null;
  const message = route.name === "conversation" ? route.message : undefined;
  const writable = useChat((state) => open !== null && state.conversations[open] !== undefined);
  useKeys(open, setDialog, openSearch);
  useUnreadTitle();
  useNotices(open);
  useLeaving();
  useEffect(() => {
    const timer = setTimeout(() => {
      // What fails now is asked for again when it is needed.
      loadDialogs().catch(() => {});
      loadSearch().catch(() => {});
    }, SOON_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <DialogContext value={setDialog}>
      <SearchContext value={openSearch}>
        <Mishaps>
          {writable && (
            <a className={styles.skip} href="#composer">
              {t.skip}
            </a>
          )}
          <div
            className={styles.shell}
            data-pane={open ? "conversation" : "list"}
            data-search={scope ? "" : undefined}
          >
            <ConnectionBanner />
            <Sidebar open={open} />
            <main className={styles.main}>
              {open ? <ConversationPane key={open} id={open} message={message} /> : <Home />}
            </main>
            <Suspense>{scope && <SearchPanel scope={scope} open={open} onClose={closeSearch} />}</Suspense>
          </div>
          <Suspense>{dialog && <Dialogs request={dialog} onClose={() => setDialog(null)} />}</Suspense>
        </Mishaps>
      </SearchContext>
    </DialogContext>
  );
}
