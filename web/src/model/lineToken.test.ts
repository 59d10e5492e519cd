import { describe, expect, it } from "vitest";
import { setup } from "./lineTesting";

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

describe("a token that is about to end", () => {
  it("is renewed on the live line, which stays", async () => {
    const { line, clock, last, told, attempts, state } = setup({ renew: async () => "t2" });
    line.start();
    last().handlers.connected("s1");
    last().handlers.expiring(120);
    await clock.pass(0);
    expect([told, attempts.length, state().name]).toEqual([["t2"], 1, "online"]);
  });

  it("whose renewal brought no longer life is renewed ever later, not in a circle", async () => {
    let renewals = 0;
    const { line, clock, last } = setup({ renew: async () => `t${++renewals}` });
    line.start();
    last().handlers.connected("s1");
    last().handlers.expiring(60);
    await clock.pass(0);
    last().handlers.expiring(60);
    await clock.pass(29_000);
    expect(renewals).toBe(1);
    await clock.pass(2_000);
    expect(renewals).toBe(2);
    last().handlers.expiring(1);
    await clock.pass(60_000);
    expect(renewals).toBe(2);
  });

  it("goes on to its end where it cannot be renewed now", async () => {
    const { line, clock, last, told, state } = setup({ renew: async () => "later" });
    line.start();
    last().handlers.connected("s1");
    last().handlers.expiring(120);
    await clock.pass(0);
    expect([told, state().name]).toEqual([[], "online"]);
  });

  it("is looked for until it is there, where one started without the server", async () => {
    let found: string | "later" = "later";
    const { line, clock, last, state, attempts, age } = setup({ token: null, renew: async () => found });
    age();
    line.start();
    await clock.pass(120_000);
    expect([state().name, attempts.length]).toEqual(["waiting", 0]);
    found = "t2";
    line.wake();
    await clock.pass(0);
    expect(last().token).toBe("t2");
  });

  it("is renewed before one connects with it", async () => {
    const { line, clock, last, age, attempts } = setup({ renew: async () => "t2" });
    age();
    line.start();
    await clock.pass(0);
    expect([attempts.length, last().token]).toEqual([1, "t2"]);
  });
});

describe("a line that the server ends because of the token", () => {
  it("comes back at once with a fresh one, and says that it was away", async () => {
    const { line, clock, last, state, states } = setup({ renew: async () => "t2" });
    line.start();
    last().handlers.connected("s1");
    last().handlers.refused("token_expired");
    expect(state().name).toBe("connecting");
    await clock.pass(0);
    expect(last().token).toBe("t2");
    last().handlers.connected("s2");
    expect(states).toEqual(["connecting", "online", "connecting", "online"]);
  });

  it("stays away when the session is over", async () => {
    const { line, clock, last, state, attempts } = setup();
    line.start();
    last().handlers.connected("s1");
    last().handlers.refused("token_invalid");
    await clock.pass(60_000);
    expect([attempts.length, state()]).toEqual([1, { name: "signed_out", reason: "token_invalid" }]);
  });

  it("is renewed again after an outage that outlived the fresh token", async () => {
    const { line, clock, last, state } = setup({ renew: async () => "t2" });
    line.start();
    last().handlers.refused("token_expired");
    await clock.pass(0);
    last().handlers.refused(null);
    await clock.pass(1_000);
    last().handlers.refused("token_expired");
    await clock.pass(0);
    last().handlers.connected("s3");
    expect(state().name).toBe("online");
  });
});

it("a look after a long absence notices that the session is over", async () => {
  const { line, clock, last, state } = setup();
  line.start();
  last().handlers.connected("s1");
  void line.freshen();
  await clock.pass(0);
  expect(state()).toEqual({ name: "signed_out", reason: "token_expired" });
});
