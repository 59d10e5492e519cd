import { describe, expect, it } from "vitest";
import { type ConnectionState, type Input, pause, step, transitions } from "./connection";
import type { Diagnosis } from "./diagnose";
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

describe("every input in every state", () => {
  const lost = { attempt: 3, lostAt: 500, why: null };
  const origin: Diagnosis = { kind: "origin", server: "http://s", page: "http://p" };
  const unreachable: Diagnosis = { kind: "unreachable", server: "http://s" };
  const states: { [N in ConnectionState["name"]]: ConnectionState } = {
    signed_out: { name: "signed_out", reason: "token_expired" },
    connecting: { name: "connecting", ...lost },
    online: { name: "online", id: "s" },
    waiting: { name: "waiting", ...lost, retryAt: 900 },
    refused: { name: "refused", ...lost, why: origin, retryAt: 900 },
  };
  const inputs: { [K in Input["kind"]]: Input } = {
    start: { kind: "start" },
    connected: { kind: "connected", id: "t" },
    failed: { kind: "failed", retryIn: 100 },
    diagnosed: { kind: "diagnosed", why: unreachable },
    retry: { kind: "retry", fresh: false },
    renewing: { kind: "renewing" },
    sign_out: { kind: "sign_out", reason: null },
  };
  const begun = { name: "connecting", attempt: 0, lostAt: 1_000, why: null };
  const ended = { name: "signed_out", reason: null };
  const expected: {
    [N in ConnectionState["name"]]: { [K in Input["kind"]]: object | "same" };
  } = {
    signed_out: {
      start: begun,
      connected: "same",
      failed: "same",
      diagnosed: "same",
      retry: "same",
      renewing: "same",
      sign_out: ended,
    },
    connecting: {
      start: begun,
      connected: { name: "online", id: "t" },
      failed: { name: "waiting", ...lost, attempt: 4, retryAt: 1_100 },
      diagnosed: { name: "connecting", ...lost, why: unreachable },
      retry: "same",
      renewing: "same",
      sign_out: ended,
    },
    online: {
      start: begun,
      connected: "same",
      failed: { name: "waiting", attempt: 0, lostAt: 1_000, why: null, retryAt: 1_100 },
      diagnosed: "same",
      retry: "same",
      renewing: begun,
      sign_out: ended,
    },
    waiting: {
      start: begun,
      connected: "same",
      failed: "same",
      diagnosed: { name: "waiting", ...lost, why: unreachable, retryAt: 900 },
      retry: { name: "connecting", ...lost },
      renewing: "same",
      sign_out: ended,
    },
    refused: {
      start: begun,
      connected: "same",
      failed: "same",
      diagnosed: { name: "waiting", ...lost, why: unreachable, retryAt: 900 },
      retry: { name: "connecting", ...lost, why: origin },
      renewing: "same",
      sign_out: ended,
    },
  };
  const cells = Object.entries(expected).flatMap(([name, row]) =>
    Object.entries(row).map(([kind, to]) => ({ name, kind, to }) as never),
  ) as { name: ConnectionState["name"]; kind: Input["kind"]; to: object | "same" }[];

  it.each(cells)("$name, $kind", ({ name, kind, to }) => {
    const before = states[name];
    const after = step(before, inputs[kind], 1_000);
    if (to === "same") expect(after).toBe(before);
    else expect(after).toEqual(to);
    expect(kind in transitions[name]).toBe(to !== "same");
  });

  it("what a person must change is told wherever a pause begins or its reason is found", () => {
    const found = step(states.waiting, { kind: "diagnosed", why: origin }, 1_000);
    expect(found).toEqual({ name: "refused", ...lost, why: origin, retryAt: 900 });
    const again = step({ name: "connecting", ...lost, why: origin }, inputs.failed, 1_000);
    expect(again).toEqual({ name: "refused", ...lost, attempt: 4, why: origin, retryAt: 1_100 });
  });

  it("who asks for a try at once begins the pauses anew", () => {
    const fresh = step(states.waiting, { kind: "retry", fresh: true }, 1_000);
    expect(fresh).toEqual({ name: "connecting", ...lost, attempt: 0 });
  });
});
