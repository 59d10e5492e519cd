import { describe, expect, it } from "vitest";
import { type ConnectionState, Line, pause, step } from "./connection";
import type { Diagnosis } from "./diagnose";
import type { SocketHandlers } from "./ports";
import { bannerDue } from "./select";
import { fakeClock } from "./testing";

function setup({
  why = { kind: "unreachable", server: "http://s" } as Diagnosis,
  renew = async (): Promise<string | null | "later"> => null,
} = {}) {
  const clock = fakeClock(0.5);
  const states: string[] = [];
  const attempts: { token: string; handlers: SocketHandlers; closed: boolean }[] = [];
  let state: ConnectionState = { name: "signed_out", reason: null };
  let token: string | null = "t1";
  let alive = true;
  let diagnoses = 0;
  const line = new Line({
    clock,
    token: () => token,
    renew: async () => {
      const fresh = await renew();
      if (fresh !== null && fresh !== "later") token = fresh;
      return fresh;
    },
    diagnose: async () => {
      diagnoses++;
      return why;
    },
    connect: (used, handlers) => {
      const attempt = { token: used, handlers, closed: false };
      attempts.push(attempt);
      return {
        typing: () => {},
        alive: async () => alive,
        close: () => {
          attempt.closed = true;
        },
      };
    },
    changed: (next) => {
      state = next;
      states.push(next.name);
    },
    event: () => {},
  });
  return {
    clock,
    line,
    attempts,
    states,
    last: () => attempts[attempts.length - 1] as (typeof attempts)[number],
    state: () => state,
    die: () => {
      alive = false;
    },
    diagnoses: () => diagnoses,
  };
}

describe("the line", () => {
  it("connects with the token", () => {
    const { line, last, state } = setup();
    line.start();
    expect(last().token).toBe("t1");
    last().handlers.connected("s1");
    expect(state()).toEqual({ name: "online", id: "s1" });
  });

  it("tries for ever, with growing pauses up to half a minute", async () => {
    const { line, clock, attempts, last } = setup();
    line.start();
    const gaps: number[] = [];
    for (let n = 0; n < 20; n++) {
      const before = clock.now();
      const count = attempts.length;
      last().handlers.refused(null);
      while (attempts.length === count) await clock.pass(50);
      gaps.push(clock.now() - before);
    }
    expect(gaps.slice(0, 4)).toEqual([250, 500, 1_000, 2_000]);
    expect(gaps[19]).toBe(15_000);
  });

  it("spreads out: anything from nothing to the full pause", () => {
    expect(pause(0, 0)).toBe(0);
    expect(pause(0, 0.999)).toBeLessThan(500);
    expect(pause(40, 0.999)).toBeLessThan(30_000);
    expect(pause(40, 0.999)).toBeGreaterThan(29_000);
  });

  it("tries at once when the network or the tab comes back, and begins the pauses anew", async () => {
    const { line, clock, attempts, last, state } = setup();
    line.start();
    for (let n = 0; n < 8; n++) {
      last().handlers.refused(null);
      await clock.pass(30_000);
    }
    last().handlers.refused(null);
    const count = attempts.length;
    line.wake();
    expect(attempts).toHaveLength(count + 1);
    expect(state()).toMatchObject({ name: "connecting", attempt: 0 });
  });

  it("finds out that a sleeping line is dead", async () => {
    const { line, clock, last, state, die } = setup();
    line.start();
    last().handlers.connected("s1");
    line.wake();
    await clock.pass(0);
    expect(state().name).toBe("online");
    die();
    line.wake();
    await clock.pass(0);
    expect(state().name).toBe("waiting");
    expect(last().closed).toBe(true);
  });

  it("says why after a failed attempt, and keeps saying it while it tries again", async () => {
    const { line, clock, last, state } = setup();
    line.start();
    last().handlers.refused(null);
    await clock.pass(0);
    expect(state()).toMatchObject({ name: "waiting", why: { kind: "unreachable" } });
    await clock.pass(300);
    expect(state()).toMatchObject({ name: "connecting", why: { kind: "unreachable" } });
  });

  it("is refused, by name, when a person must change a setting, and still tries", async () => {
    const { line, clock, last, state, attempts } = setup({
      why: { kind: "origin", server: "http://s", page: "http://p" },
    });
    line.start();
    last().handlers.refused(null);
    await clock.pass(0);
    expect(state()).toMatchObject({ name: "refused", why: { kind: "origin" } });
    await clock.pass(1_000);
    expect(attempts.length).toBeGreaterThan(1);
  });

  it("a drop is not diagnosed before the first failed attempt", async () => {
    const { line, clock, last, diagnoses } = setup();
    line.start();
    last().handlers.connected("s1");
    last().handlers.dropped();
    await clock.pass(0);
    expect(diagnoses()).toBe(0);
  });

  it("ignores what an earlier attempt reports late", async () => {
    const { line, clock, attempts, state } = setup();
    line.start();
    attempts[0]?.handlers.refused(null);
    await clock.pass(500);
    attempts[0]?.handlers.connected("ghost");
    expect(state().name).toBe("connecting");
  });
});

describe("a refused token", () => {
  it("is renewed silently", async () => {
    const { line, clock, last, state } = setup({ renew: async () => "t2" });
    line.start();
    last().handlers.refused("token_expired");
    await clock.pass(0);
    expect(last().token).toBe("t2");
    last().handlers.connected("s2");
    expect(state().name).toBe("online");
  });

  it("ends the session when there is no fresh one", async () => {
    const { line, clock, last, state, attempts } = setup();
    line.start();
    last().handlers.refused("token_expired");
    await clock.pass(120_000);
    expect(state()).toEqual({ name: "signed_out", reason: "token_expired" });
    expect(attempts).toHaveLength(1);
  });

  it("ends the session when the fresh one is refused too: no loop", async () => {
    const { line, clock, last, state, attempts } = setup({ renew: async () => "t2" });
    line.start();
    last().handlers.refused("token_invalid");
    await clock.pass(0);
    last().handlers.refused("token_invalid");
    await clock.pass(120_000);
    expect(state()).toEqual({ name: "signed_out", reason: "token_invalid" });
    expect(attempts).toHaveLength(2);
  });

  it("is asked for again later when the server could not be asked", async () => {
    const { line, clock, last, state } = setup({ renew: async () => "later" });
    line.start();
    last().handlers.refused("token_expired");
    await clock.pass(0);
    expect(state().name).toBe("waiting");
  });
});

it("after signing out nothing is tried any more", async () => {
  const { line, clock, last, attempts, state } = setup();
  line.start();
  last().handlers.refused(null);
  line.stop(null);
  line.wake();
  await clock.pass(120_000);
  expect(attempts).toHaveLength(1);
  expect(state()).toEqual({ name: "signed_out", reason: null });
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
