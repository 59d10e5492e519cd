import { useEffect, useMemo, useRef, useState } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { noPositions } from "../../model/receipts";
import { rows as buildRows, type Row } from "../../model/rows";
import type { Outgoing, Window } from "../../model/state";
import type { Conversation } from "../../model/types";
import { t } from "../../texts";
import { Icon } from "../../ui/Icon";
import { Spinner } from "../../ui/Spinner";
import { day } from "../format";
import { useChat, useClient } from "../hooks";
import { Announcer } from "./Announcer";
import { Beginning } from "./Beginning";
import { MessageRow } from "./MessageRow";
import { SystemLine } from "./SystemLine";
import styles from "./Timeline.module.css";
import { UnreadBar } from "./UnreadBar";
import { useEscape } from "./useEscape";
import { useReading } from "./useReading";
import { useScroll } from "./useScroll";
import { useTarget } from "./useTarget";
import { useMissed, useReadUpTo } from "./useUnreadLine";
import { walk } from "./walk";

interface Props {
  conversation: Conversation;
  window: Window;
}

/** Read lines kept above the first unread one. */
const ABOVE_LINE_PX = 96;
const NOBODY = { id: "", name: "" };
const NO_OUTBOX: readonly Outgoing[] = [];

/** The messages. Opens at the first unread one, else at the bottom; stays where one reads when others arrive. */
export function Timeline({ conversation, window }: Props) {
  const { chat } = useClient();
  const { id } = conversation;
  const me = useChat((state) => state.me) ?? NOBODY;
  // Away from the newest messages nothing arrives below; what one sends goes there, and so does the reader.
  const live = useChat((state) => state.arounds[id] === undefined);
  const newest = useChat((state) => state.windows[id]) ?? window;
  const place = useChat((state) => state.places[id]);
  const outbox = useChat((state) => (live && state.outbox[id]) || NO_OUTBOX);
  const reads = useChat((state) => state.reads[id] ?? noPositions);
  const deliveries = useChat((state) => state.deliveries[id] ?? noPositions);
  const changes = useChat((state) => state.changes);
  // Of what is drawn: the line above the unread depends on where one stands, and that on the rows.
  const [standing, setStanding] = useState(true);
  const { readUpTo, clear } = useReadUpTo(conversation, newest, live, standing);
  const { messages } = window;
  const complete = window.older === null;
  const rows = useMemo(
    () => buildRows({ messages, outbox, complete, conversation, reads, deliveries, changes, me, readUpTo }),
    [messages, outbox, complete, conversation, reads, deliveries, changes, me, readUpTo],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const { target, highlighted } = useTarget(place, window);
  const { shift, atBottom, settled, onScroll, toBottom } = useScroll({
    rows,
    scroller,
    list,
    live,
    target,
    nearTop: () => void chat.older(id),
    nearBottom: () => void chat.newer(id),
  });
  useEffect(() => setStanding(atBottom), [atBottom]);
  const { news, look, line } = useMissed({ rows, list, window, conversation, me: me.id, readUpTo, settled });
  const allRead = () => {
    void chat.markRead(id);
    clear();
    if (live) toBottom();
    else chat.jumpToLatest(id);
  };
  const frame = useRef<HTMLDivElement>(null);
  useEscape(frame, conversation.unread > 0 || news !== null ? allRead : null);
  const seen = useReading({ conversation, window: newest, atBottom: live && atBottom && settled, me: me.id });
  const unseen = live ? seen : conversation.unread;

  const scrolled = () => {
    onScroll();
    look();
  };
  const jumpToNews = () => {
    if (line >= 0) list.current?.scrollToIndex(line, { align: "start", offset: -ABOVE_LINE_PX });
    else void chat.jumpTo(id, (readUpTo ?? 0) + 1);
  };

  return (
    <div ref={frame} className={styles.frame}>
      <div
        ref={scroller}
        className={settled ? styles.scroller : `${styles.scroller} ${styles.unsettled}`}
        role="log"
        aria-label={t.conversation.log(conversation.name)}
        // New messages are announced once by the Announcer; the list itself also changes while one scrolls.
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable to be scrolled by keys.
        tabIndex={0}
        onKeyDown={walk}
      >
        <div className={styles.spring} />
        <Virtualizer ref={list} scrollRef={scroller} shift={shift} onScroll={scrolled} bufferSize={600}>
          {rows.map((row) => (
            <RowView
              key={row.key}
              row={row}
              conversation={conversation}
              me={me.id}
              highlighted={highlighted}
            />
          ))}
        </Virtualizer>
      </div>
      {window.loading === "older" && (
        <div className={styles.older}>
          <Spinner label={t.conversation.loadingOlder} />
        </div>
      )}
      {news && <UnreadBar news={news} onJump={jumpToNews} onRead={allRead} />}
      {place?.problem && (
        <p className={styles.missing} role="status" key={place.turn}>
          {t.jump[place.problem]}
        </p>
      )}
      {!(live && atBottom) && settled && (
        <button
          type="button"
          className={unseen > 0 ? `${styles.pill} ${styles.fresh}` : styles.pill}
          onClick={live ? toBottom : () => chat.jumpToLatest(id)}
          aria-label={
            unseen > 0
              ? `${t.conversation.newBelow(unseen)}. ${t.conversation.toBottom}`
              : t.conversation.toBottom
          }
        >
          <Icon name="down" size={16} />
          {unseen > 0 && <span>{t.conversation.newBelow(unseen)}</span>}
        </button>
      )}
      <Announcer messages={newest.messages} me={me.id} />
    </div>
  );
}

interface RowProps {
  row: Row;
  conversation: Conversation;
  me: string;
  highlighted: string | null;
}

function RowView({ row, conversation, me, highlighted }: RowProps) {
  switch (row.kind) {
    case "beginning":
      return <Beginning conversation={conversation} me={me} />;
    case "day":
      return (
        <div className={styles.day}>
          <h2>
            <time dateTime={row.at}>{day(row.at)}</time>
          </h2>
        </div>
      );
    case "new":
      return (
        <div className={styles.newLine} data-testid="new-line">
          <span>{t.conversation.newLine}</span>
        </div>
      );
    case "system":
      return <SystemLine id={row.key} text={row.text} at={row.at} />;
    case "message":
      return (
        <MessageRow
          conversationId={conversation.id}
          bubble={row.bubble}
          head={row.head}
          tail={row.tail}
          highlighted={row.bubble.id !== null && row.bubble.id === highlighted}
        />
      );
  }
}
