/** "Until tomorrow" ends at eight in the morning of the reader's own next day. */
const MORNING_HOUR = 8;

export function tomorrowMorning(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING_HOUR);
}
