/**
 * Where the timeline stands. At the bottom it follows new messages; anywhere else it stays where the reader is. Only
 * the reader's own upward scrolling ends the following: content that changes its size does not.
 */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { VirtualizerHandle } from "virtua";
import type { Row } from "../../model/rows";
import { hold } from "./hold";
import type { Target } from "./useTarget";

/** Still the bottom, when not to the pixel. */
const BOTTOM_PX = 32;
/** The end is below the last row, by what stands around the rows. */
const PAST_END_PX = 100;
/** Older pages are asked for this far before the top. */
const NEAR_TOP_PX = 1_500;
/** Newer pages as well, where one jumped into the past. */
const NEAR_BOTTOM_PX = 1_500;
/** So long after a wheel, a touch or a key, scrolling is the reader's. */
const TOUCH_MS = 500;
/** Longest wait for the first frame. */
const LATE_MS = 150;
/** Read lines kept above the first unread one. */
const CONTEXT_PX = 96;

interface Input {
  rows: readonly Row[];
  scroller: RefObject<HTMLDivElement | null>;
  list: RefObject<VirtualizerHandle | null>;
  /** The rows end with the newest message. */
  live: boolean;
  target: Target | null;
  nearTop: () => void;
  nearBottom: () => void;
}

export function useScroll({ rows, scroller, list, live, target, nearTop, nearBottom }: Input) {
  const [atBottom, setAtBottom] = useState(true);
  const [settled, setSettled] = useState(false);
  const follow = useRef(true);
  const last = useRef({ offset: 0, height: 0, inner: 0 });
  const touchedAt = useRef(0);
  const aimed = useRef(0);
  const release = useRef<() => void>(() => {});
  const before = useRef<readonly Row[]>(rows);
  // What one has just written is where one looks, also when it was written before the rows had found their places.
  const wrote = useRef(isJustWritten(rows));
  // Rows added in front keep the reader's place; rows added behind do not move anything.
  const added = rows.length > before.current.length && lastKey(rows) === lastKey(before.current);
  // A line above what is new comes in between; that is not in front.
  const shift = added && firstMessage(rows) !== firstMessage(before.current);

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [scroller]);

  /** From wherever one stands. The list goes on scrolling to an index until its rows are measured, unless told another. */
  const leaveForEnd = useCallback(() => {
    release.current();
    follow.current = true;
    list.current?.scrollToIndex(before.current.length - 1, { align: "end", offset: PAST_END_PX });
    toEnd();
  }, [list, toEnd]);

  const toBottom = useCallback(() => {
    setAtBottom(true);
    leaveForEnd();
  }, [leaveForEnd]);

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const now = measure(element);
    const up = now.offset < last.current.offset - 1;
    // A resize or a row that turns out smaller moves the offset too; that is not the reader going up.
    const still = now.height === last.current.height && now.inner === last.current.inner;
    const touched = performance.now() - touchedAt.current < TOUCH_MS;
    const below = now.height - now.inner - now.offset;
    if (live && below <= BOTTOM_PX) follow.current = true;
    else if (up && (still || touched)) follow.current = false;
    last.current = now;
    setAtBottom(follow.current);
    if (now.offset < NEAR_TOP_PX) nearTop();
    if (!live && below < NEAR_BOTTOM_PX) nearBottom();
  }, [scroller, live, nearTop, nearBottom]);

  /** Brings what one was sent to into the middle. False where one was sent to nothing in particular. */
  const aim = useCallback(() => {
    const id = target?.messageId ?? null;
    const index = id === null ? -1 : before.current.findIndex((row) => messageOf(row) === id);
    if (index < 0) return false;
    follow.current = false;
    list.current?.scrollToIndex(index, { align: "center" });
    release.current();
    if (scroller.current)
      release.current = hold(scroller.current, {
        find: () => scroller.current?.querySelector(`[data-message-id="${CSS.escape(id ?? "")}"]`) ?? null,
        place: "centre",
      });
    return true;
  }, [scroller, list, target]);
  useEffect(() => () => release.current(), []);

  // The first place, before anything is painted; a second time when the rows have been measured.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for the conversation this was mounted for.
  useLayoutEffect(() => {
    const lineAt = () => before.current.findIndex((row) => row.kind === "new");
    const toLine = () => list.current?.scrollToIndex(lineAt(), { align: "start", offset: -CONTEXT_PX });
    const place = () => {
      if (wrote.current) return leaveForEnd();
      if (aim()) return;
      if (lineAt() < 0) toEnd();
      else toLine();
    };
    const settle = () => {
      clearTimeout(late);
      cancelAnimationFrame(frame);
      const element = scroller.current;
      if (!element) return;
      place();
      if (lineAt() >= 0 && !target?.messageId && !wrote.current) {
        // Under load the rows are measured later than this.
        const find = () => element.querySelector('[data-testid="new-line"]');
        release.current = hold(element, { find, bring: toLine, place: CONTEXT_PX });
      }
      const below = element.scrollHeight - element.clientHeight - element.scrollTop;
      follow.current = live && below <= BOTTOM_PX;
      last.current = measure(element);
      setAtBottom(follow.current);
      setSettled(true);
      aimed.current = target?.turn ?? 0;
      if (element.scrollTop < NEAR_TOP_PX) nearTop();
      if (!live && below < NEAR_BOTTOM_PX) nearBottom();
    };
    place();
    // The rows are measured within a frame. A tab in the background draws none, and must not stay blank for it.
    const late = setTimeout(settle, LATE_MS);
    let frame = requestAnimationFrame(() => {
      place();
      frame = requestAnimationFrame(settle);
    });
    return () => {
      clearTimeout(late);
      cancelAnimationFrame(frame);
    };
  }, []);

  useLayoutEffect(() => {
    const newest = rows[rows.length - 1];
    const wroteMyself =
      newest?.kind === "message" &&
      newest.bubble.own &&
      newest.key !== lastKey(before.current) &&
      before.current !== rows;
    before.current = rows;
    if (wroteMyself) {
      wrote.current = true;
      leaveForEnd();
    } else if (follow.current) toEnd();
  }, [rows, toEnd, leaveForEnd]);

  useEffect(() => {
    if (!settled || !target || aimed.current === target.turn) return;
    aimed.current = target.turn;
    if (target.messageId === null) toBottom();
    else if (aim()) setAtBottom(false);
  }, [settled, target, aim, toBottom]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const touch = () => {
      touchedAt.current = performance.now();
    };
    const kinds = ["wheel", "touchmove", "keydown", "pointerdown"] as const;
    for (const kind of kinds) element.addEventListener(kind, touch, { passive: true });
    return () => {
      for (const kind of kinds) element.removeEventListener(kind, touch);
    };
  }, [scroller]);

  // What grows or shrinks around the messages (the composer, the window, a font that arrives) keeps the bottom.
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (follow.current) toEnd();
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [scroller, toEnd]);

  return { shift, atBottom, settled, onScroll, toBottom };
}

function measure(element: HTMLElement) {
  return { offset: element.scrollTop, height: element.scrollHeight, inner: element.clientHeight };
}

/** On its way, and not left from before the page was loaded. */
function isJustWritten(rows: readonly Row[]): boolean {
  const newest = rows[rows.length - 1];
  if (newest?.kind !== "message" || newest.bubble.state !== "pending") return false;
  return Date.parse(newest.bubble.at) > performance.timeOrigin;
}

function messageOf(row: Row): string | null {
  if (row.kind === "message") return row.bubble.id;
  return row.kind === "system" ? row.key : null;
}

function firstMessage(rows: readonly Row[]): string | undefined {
  return rows.find((row) => row.kind === "message" || row.kind === "system")?.key;
}

function lastKey(rows: readonly Row[]): string | undefined {
  return rows[rows.length - 1]?.key;
}
