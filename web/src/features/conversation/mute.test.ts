import { expect, it } from "vitest";
import { tomorrowMorning } from "./mute";

it.each([
  [new Date(2026, 4, 4, 23, 59), new Date(2026, 4, 5, 8)],
  [new Date(2026, 4, 5, 0, 1), new Date(2026, 4, 6, 8)],
  [new Date(2026, 11, 31, 12), new Date(2027, 0, 1, 8)],
])("tomorrow morning, seen from %s", (now, then) => {
  expect(tomorrowMorning(now)).toEqual(then);
});
