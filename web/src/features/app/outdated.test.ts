import { expect, it } from "vitest";
import { memory } from "../../api/testing";
import type { Keep } from "../../model/ports";
import { part, reloadWhenOutdated } from "./outdated";

function setup(tab: Keep, gone = true) {
  const page = new EventTarget();
  const clock = { now: 1_000_000, reloads: 0 };
  reloadWhenOutdated(
    page,
    tab,
    () => clock.now,
    () => void clock.reloads++,
    async () => gone,
  );
  const miss = async () => {
    page.dispatchEvent(new Event("vite:preloadError"));
    await Promise.resolve();
    await Promise.resolve();
  };
  return { clock, miss };
}

it("a part that is not there any more reloads the page, not twice in a minute", async () => {
  const { clock, miss } = setup(memory());
  await miss();
  clock.now += 59_000;
  await miss();
  expect(clock.reloads).toBe(1);
  clock.now += 2_000;
  await miss();
  expect(clock.reloads).toBe(2);
});

it("nothing is reloaded where nothing can be remembered", async () => {
  const { clock, miss } = setup({ read: () => null, write: () => {} });
  await miss();
  expect(clock.reloads).toBe(0);
});

it("nothing is reloaded while the server is away: the page would be lost", async () => {
  const { clock, miss } = setup(memory(), false);
  await miss();
  expect(clock.reloads).toBe(0);
});

it("a part is waited for while the server is away", async () => {
  let tries = 0;
  const load = async () => {
    if (++tries < 3) throw new TypeError("Failed to fetch dynamically imported module");
    return "the part";
  };
  const loaded = part(
    load,
    async () => false,
    async () => {},
  );
  expect(await loaded()).toBe("the part");
  expect(tries).toBe(3);
});

it("a part that is not there any more is an error", async () => {
  const load = () => Promise.reject(new TypeError("gone"));
  await expect(part(load, async () => true)()).rejects.toThrow("gone");
});
