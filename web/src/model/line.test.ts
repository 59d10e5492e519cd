import { describe, expect, it } from "vitest";
import { setup } from "./lineTesting";

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

  it("tries again at once when the network came back during an attempt that failed", async () => {
    const { line, clock, attempts, last } = setup();
    line.start();
    for (let n = 0; n < 8; n++) {
      last().handlers.refused(null);
      await clock.pass(30_000);
    }
    const count = attempts.length;
    line.wake();
    last().handlers.refused(null);
    await clock.pass(0);
    expect(attempts).toHaveLength(count + 1);
    last().handlers.refused(null);
    await clock.pass(0);
    expect(attempts).toHaveLength(count + 1);
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
