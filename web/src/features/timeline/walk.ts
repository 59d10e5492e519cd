import type { KeyboardEvent } from "react";

/**
 * The arrow keys walk from message to message: up from the log itself to the last one in sight, down from the newest to
 * the box. Everything else scrolls as it always does.
 */
export function walk(event: KeyboardEvent<HTMLElement>): void {
  const { key, target, currentTarget: log, altKey, ctrlKey, metaKey, shiftKey } = event;
  if ((key !== "ArrowUp" && key !== "ArrowDown") || altKey || ctrlKey || metaKey || shiftKey) return;
  const rows = [...log.querySelectorAll<HTMLElement>("article")];
  const next =
    target === log ? (key === "ArrowUp" ? lastInSight(log, rows) : null) : neighbour(rows, target, key);
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function neighbour(rows: readonly HTMLElement[], target: EventTarget, key: string): HTMLElement | null {
  const at = rows.indexOf(target as HTMLElement);
  // In what is inside a message the arrows have another meaning.
  if (at < 0) return null;
  if (key === "ArrowUp") return rows[at - 1] ?? null;
  return rows[at + 1] ?? document.getElementById("composer");
}

function lastInSight(log: HTMLElement, rows: readonly HTMLElement[]): HTMLElement | null {
  const { bottom } = log.getBoundingClientRect();
  return rows.findLast((row) => row.getBoundingClientRect().top < bottom - 8) ?? null;
}
