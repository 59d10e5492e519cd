import { expect, it } from "vitest";
import { memory } from "../../api/testing";
import type { Keep } from "../../model/ports";
import { reloadWhenOutdated } from "./outdated";

function setup(tab: Keep) {
  const page = new EventTarget();
  const clock = { now: 1_000_000, reloads: 0 };
  reloadWhenOutdated(
    page,
    tab,
    () => clock.now,
    () => void clock.reloads++,
  );
  return { clock, miss: () => page.dispatchEvent(new Event("vite:preloadError")) };
}

it("a part that is not there any more reloads the page, not twice in a minute", () => {
  const { clock, miss } = setup(memory());
  miss();
  clock.now += 59_000;
  miss();
  expect(clock.reloads).toBe(1);
  clock.now += 2_000;
  miss();
  expect(clock.reloads).toBe(2);
});

it("nothing is reloaded where nothing can be remembered", () => {
  const { clock, miss } = setup({ read: () => null, write: () => {} });
  miss();
  expect(clock.reloads).toBe(0);
});
