import { useDeferredValue, useRef, useState } from "react";
import { Virtualizer } from "virtua";
import { conversationOrder, matching } from "../../model/select";
import { t } from "../../texts";
import { Button, IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Mark } from "../../ui/Mark";
import { Spinner } from "../../ui/Spinner";
import { useDialog } from "../app/dialogs";
import { useSearchPanel } from "../app/panel";
import { useChat, useClient } from "../hooks";
import { useInvites } from "../people/useInvites";
import { openConversation } from "../router";
import { ConversationRow } from "./ConversationRow";
import { Me } from "./Me";
import styles from "./Sidebar.module.css";

/** The conversation list, and the ways to start a conversation. */
export function Sidebar({ open }: { open: string | null }) {
  const [query, setQuery] = useState("");
  const order = useChat((state) => conversationOrder(state.conversations));
  const needle = useDeferredValue(query);
  const found = matching(order, needle);
  const openDialog = useDialog();
  const openSearch = useSearchPanel();
  const scroller = useRef<HTMLDivElement>(null);
  return (
    <nav className={styles.sidebar} aria-label={t.list.region}>
      <header className={styles.header}>
        <Mark size={24} />
        {/* The open conversation has a heading of its own. */}
        {open ? (
          <p className={styles.product}>{t.product}</p>
        ) : (
          <h1 className={styles.product}>{t.product}</h1>
        )}
        <IconButton icon="search" label={t.search.title} onClick={() => openSearch(null)} />
        <IconButton icon="group" label={t.list.newGroup} onClick={() => openDialog("group")} />
        <IconButton
          icon="write"
          label={t.list.newMessage}
          data-testid="new-conversation"
          onClick={() => openDialog("message")}
        />
      </header>
      <div className={styles.search}>
        <Icon name="search" size={16} />
        <input
          type="search"
          aria-label={t.list.search}
          placeholder={t.list.search}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setQuery("");
            if (event.key === "Enter" && found[0]) openConversation(found[0].id);
          }}
        />
      </div>
      <div className={styles.list} ref={scroller}>
        {found.length > 0 ? (
          <Virtualizer scrollRef={scroller} as="ul" item="li" itemSize={60} keepMounted={kept(found, open)}>
            {found.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                open={conversation.id === open}
              />
            ))}
          </Virtualizer>
        ) : (
          <Nothing query={needle} />
        )}
      </div>
      <Me />
    </nav>
  );
}

/** The open row stays in the document, so that the focus on it survives scrolling. */
function kept(found: readonly { id: string }[], open: string | null): number[] {
  const at = found.findIndex((conversation) => conversation.id === open);
  return at < 0 ? [] : [at];
}

function Nothing({ query }: { query: string }) {
  const list = useChat((state) => state.list);
  const { chat } = useClient();
  const openDialog = useDialog();
  const invites = useInvites();
  if (query.trim()) return <p className={styles.nothing}>{t.list.noneFound(query.trim())}</p>;
  if (list === "loading") {
    return (
      <div className={styles.nothing}>
        <Spinner label={t.loading} />
      </div>
    );
  }
  if (list === "failed") {
    return (
      <div className={styles.nothing}>
        <p>{t.list.failed}</p>
        <Button onClick={() => chat.reload()}>{t.tryAgain}</Button>
      </div>
    );
  }
  return (
    <div className={styles.nothing}>
      <p>{t.list.emptyTitle}</p>
      {/* Beside the list, the main pane offers the same. */}
      <div className={styles.onPhone}>
        <Button icon="write" onClick={() => openDialog("message")}>
          {t.home.startOne}
        </Button>
        {invites && (
          <Button icon="link" look="quiet" onClick={() => openDialog("invite")}>
            {t.home.inviteColleague}
          </Button>
        )}
      </div>
    </div>
  );
}
