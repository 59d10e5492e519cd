import { describe, expect, it } from "vitest";
import { pause, step } from "./connection";
import { bannerDue } from "./select";

it("a pause spreads out: anything from nothing to the full pause", () => {
  expect(pause(0, 0)).toBe(0);
  expect(pause(0, 0.999)).toBeLessThan(500);
  expect(pause(40, 0.999)).toBeLessThan(30_000);
  expect(pause(40, 0.999)).toBeGreaterThan(29_000);
});

describe("the banner", () => {
  it("says nothing for two seconds", () => {
    const lost = step({ name: "online", id: "s" }, { kind: "failed", retryIn: 100 }, 10_000);
    expect(bannerDue(lost, 10_500)).toBe(1_500);
    expect(bannerDue(lost, 12_000)).toBe(0);
  });

  it("counts from the first loss, not from the last attempt", () => {
    let state = step({ name: "online", id: "s" }, { kind: "failed", retryIn: 100 }, 10_000);
    state = step(state, { kind: "retry", fresh: false }, 11_000);
    state = step(state, { kind: "failed", retryIn: 100 }, 11_900);
    expect(bannerDue(state, 12_000)).toBe(0);
    expect(bannerDue({ name: "online", id: "s" }, 12_000)).toBeNull();
  });
});
