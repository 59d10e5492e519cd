// @vitest-environment happy-dom
import { act } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ConnectionState } from "../../model/connection";
import { draw, fakeClient } from "../testing";
import { ConnectionBanner } from "./ConnectionBanner";

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

async function show(connection: ConnectionState) {
  const { client, chat } = fakeClient({ connection });
  return { place: await draw(client, <ConnectionBanner />), chat };
}
const text = (place: HTMLElement) =>
  place.querySelector("[data-testid=connection-banner]")?.textContent ?? null;

it("says nothing for two seconds, then why and when the next try is", async () => {
  const why = { kind: "unreachable", server: "http://s" } as const;
  const { place } = await show({ name: "waiting", attempt: 1, lostAt: 1_000_000, why, retryAt: 1_007_000 });
  expect(text(place)).toBeNull();
  await act(async () => vi.advanceTimersByTime(1_900));
  expect(text(place)).toBeNull();
  await act(async () => vi.advanceTimersByTime(200));
  expect(text(place)).toContain("http://s does not answer");
  expect(text(place)).toMatch(/Offline since \d+:\d+.*What you write is kept and will be sent/);
  expect(text(place)).toContain("Next try in 5 s");
  await act(async () => vi.advanceTimersByTime(2_000));
  expect(text(place)).toContain("Next try in 3 s");
});

it("goes as soon as the line is back", async () => {
  const { place, chat } = await show({ name: "connecting", attempt: 1, lostAt: 0, why: null });
  expect(text(place)).toContain("Connecting");
  await act(async () => chat.store.update((s) => ({ ...s, connection: { name: "online", id: "s" } })));
  expect(text(place)).toBeNull();
});

it("names what a person must change", async () => {
  const why = { kind: "origin", server: "http://s", page: "http://p" } as const;
  const { place } = await show({ name: "refused", attempt: 3, lostAt: 0, why, retryAt: 0 });
  expect(text(place)).toContain("Add http://p to ALLOWED_ORIGINS");
});
