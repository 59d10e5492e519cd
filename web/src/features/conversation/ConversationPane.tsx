import { useEffect, useState } from "react";
import { shown } from "../../model/around";
import { partner } from "../../model/select";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { Spinner } from "../../ui/Spinner";
import { Composer } from "../composer/Composer";
import { useStaging } from "../files/useStaging";
import { Viewer } from "../files/Viewer";
import { useChat, useClient } from "../hooks";
import { navigate } from "../router";
import { Timeline } from "../timeline/Timeline";
import { BlockedBar } from "./BlockedBar";
import styles from "./ConversationPane.module.css";
import { DropOverlay } from "./DropOverlay";
import { Header } from "./Header";
import { TypingLine } from "./TypingLine";
import { useDrop } from "./useDrop";

/** One conversation: its head, its messages and the box to write in. Mounted anew for each conversation. */
export function ConversationPane({ id, message }: { id: string; message?: number | string | undefined }) {
  const { chat } = useClient();
  const conversation = useChat((state) => state.conversations[id]);
  const window = useChat((state) => shown(state, id));
  const view = useChat((state) => state.places[id]?.view ?? 0);
  const me = useChat((state) => state.me?.id);
  const other = conversation ? partner(conversation, me) : null;
  const isBlocked = useChat((state) => other !== null && state.blocked[other.id] === true);
  const left = useChat((state) => state.left[id]);
  const [outcome, setOutcome] = useState<"ok" | "unknown" | "failed" | null>(null);
  const drop = useDrop(useStaging(id).add);
  const [attempt, setAttempt] = useState(0);
  // A stranger's address may become ours later: the list knows first.
  const known = conversation !== undefined;
  const gone = !known && left !== undefined;
  useEffect(() => {
    let current = true;
    void attempt;
    void known;
    // The server would only say that there is no such conversation.
    if (gone) return;
    const opening = message === undefined ? chat.open(id) : chat.jumpTo(id, message);
    opening.then((result) => {
      if (!current) return;
      setOutcome(result);
      // One arrives once; afterwards the address is the conversation's own.
      if (message !== undefined && result === "ok") navigate({ name: "conversation", id }, { replace: true });
    });
    return () => {
      current = false;
    };
  }, [chat, id, message, attempt, known, gone]);
  // Whoever comes back begins at the newest messages again.
  useEffect(() => () => chat.leave(id), [chat, id]);

  if (!conversation) {
    return (
      <section className={styles.pane} aria-label={t.conversation.region}>
        <div className={styles.middle}>
          {left !== undefined ? (
            <Nothing title={t.conversation.leftTitle}>{t.conversation.left(left)}</Nothing>
          ) : outcome === "unknown" ? (
            <Nothing title={t.conversation.unknownTitle}>{t.conversation.unknown}</Nothing>
          ) : outcome === "failed" ? (
            <Failed onRetry={() => setAttempt(attempt + 1)} />
          ) : (
            <Spinner label={t.loading} />
          )}
        </div>
      </section>
    );
  }
  const blocked = other !== null && isBlocked;
  const failed = window?.failure != null && window.messages.length === 0;
  return (
    <section className={styles.pane} aria-label={t.conversation.region} {...drop.handlers}>
      <Header conversation={conversation} />
      {failed ? (
        <div className={styles.middle}>
          <Failed onRetry={() => setAttempt(attempt + 1)} />
        </div>
      ) : !window || window.loading === "newest" || (message !== undefined && outcome === null) ? (
        <div className={styles.middle}>
          <Spinner label={t.loading} />
        </div>
      ) : (
        <Viewer conversationId={id}>
          <Timeline key={view} conversation={conversation} window={window} />
        </Viewer>
      )}
      <div className={styles.foot}>
        <TypingLine id={id} />
        {blocked ? <BlockedBar person={other} /> : <Composer conversation={conversation} />}
      </div>
      {drop.over && <DropOverlay name={conversation.name} />}
    </section>
  );
}

function Nothing({ title, children }: { title: string; children: string }) {
  const toList = (
    <Button onClick={() => navigate({ name: "home" }, { replace: true })}>{t.conversation.toList}</Button>
  );
  return (
    <div role="status" data-testid="no-conversation">
      <EmptyState page title={title} action={toList}>
        {children}
      </EmptyState>
    </div>
  );
}

function Failed({ onRetry }: { onRetry: () => void }) {
  return (
    <EmptyState title={t.conversation.failed} action={<Button onClick={onRetry}>{t.tryAgain}</Button>} />
  );
}
