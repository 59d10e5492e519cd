/** Dates and times for people, in their own zone; the clock (12 or 24 hours) follows their system. */
import { daysAgo } from "../model/rows";
import { t } from "../texts";

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "long" });
const dayMonth = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });
const dayMonthYear = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric" });
const longDay = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });
const longDayYear = new Intl.DateTimeFormat("en", {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

export function time(iso: string): string {
  return clock.format(new Date(iso));
}

export function exact(iso: string): string {
  return `${longDayYear.format(new Date(iso))}, ${time(iso)}`;
}

export function date(iso: string): string {
  return dayMonthYear.format(new Date(iso));
}

/** For the separator in the timeline. */
export function day(iso: string, now = new Date()): string {
  const ago = daysAgo(iso, now);
  if (ago === 0) return t.conversation.today;
  if (ago === 1) return t.conversation.yesterday;
  const when = new Date(iso);
  return (when.getFullYear() === now.getFullYear() ? longDay : longDayYear).format(when);
}

/** For the conversation list: as short as it can be said. */
export function ago(iso: string, now = new Date()): string {
  const days = daysAgo(iso, now);
  const when = new Date(iso);
  if (days <= 0) return time(iso);
  if (days === 1) return t.conversation.yesterday;
  if (days < 7) return weekday.format(when);
  return (when.getFullYear() === now.getFullYear() ? dayMonth : dayMonthYear).format(when);
}
