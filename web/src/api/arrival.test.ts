import { describe, expect, it } from "vitest";
import { readTicket } from "./arrival";
import { hostOf, signInAddress } from "./host";
import { memory } from "./testing";
import { lifetimeMs } from "./token";
import { isUnderWay, Trips, takePath } from "./trip";

describe("what the host gave along", () => {
  it.each([
    ["/auth/callback", "?gcgc_token=a.b.c", { kind: "host_token", token: "a.b.c" }],
    ["/auth/callback/", "?code=x&state=1", { kind: "code", code: "x" }],
    ["/auth/callback", "?gcgc_token=t&code=x", { kind: "host_token", token: "t" }],
    ["/auth/callback", "?gcgc_token=", { kind: "bare" }],
    ["/auth/callback", "", { kind: "bare" }],
    ["/auth/callback", "?error=access_denied", { kind: "error", code: "access_denied" }],
    ["/auth/callback", "?error=", { kind: "error", code: "" }],
    ["/", "?gcgc_token=t", { kind: "none" }],
    ["/auth/callbacks", "?gcgc_token=t", { kind: "none" }],
  ])("%s%s", (path, query, ticket) => {
    expect(readTicket(path, query)).toEqual(ticket);
  });

  it("is shown only where it looks like a word, never as a message of somebody's making", () => {
    const said = encodeURIComponent("Your account is locked, call 555 0100");
    expect(readTicket("/auth/callback", `?error=${said}`)).toEqual({ kind: "error", code: "" });
  });
});

describe("a trip to the host", () => {
  const setup = (at = 1_000_000) => {
    const [tab, local, clock] = [memory(), memory(), { now: at }];
    return { tab, local, clock, trips: new Trips(tab, local, () => clock.now) };
  };

  it("leads back to the conversation, once", () => {
    const { trips, tab } = setup();
    trips.begin("/c/1?from=mail#last");
    expect(takePath(tab)).toBe("/c/1?from=mail#last");
    expect(takePath(tab)).toBe("/");
    expect([...tab.all]).toEqual([]);
  });

  it("is known to be under way in the tab that began it, until it came back", () => {
    const { trips, tab } = setup();
    expect(isUnderWay(tab)).toBe(false);
    expect(trips.mayLeave()).toBe(true);
    expect(isUnderWay(tab)).toBe(false);
    trips.begin("/");
    expect(isUnderWay(tab)).toBe(true);
    expect(isUnderWay(memory())).toBe(false);
    takePath(tab);
    expect(isUnderWay(tab)).toBe(false);
  });

  it.each([
    "//evil.example/c/1",
    "https://evil.example",
    "/auth/callback?gcgc_token=t",
    "/sign-in",
    "/join#t",
  ])("does not lead to %s", (path) => {
    const { trips, tab } = setup();
    trips.begin(path);
    expect(takePath(tab)).toBe("/");
    tab.write("tms.trip.path", path);
    expect(takePath(tab)).toBe("/");
  });

  it("is not begun again by itself while the last one never came back properly", () => {
    const { trips, clock } = setup();
    expect(trips.mayLeave()).toBe(true);
    trips.begin("/");
    clock.now += 5_000;
    expect(trips.mayLeave()).toBe(false);
    clock.now += 60_000;
    expect(trips.mayLeave()).toBe(true);
  });

  it("is not begun by itself where nothing can be remembered", () => {
    const forgetful = { read: () => null, write: () => {} };
    expect(new Trips(forgetful, memory(), () => 0).mayLeave()).toBe(false);
  });

  it("is not begun by itself after a sign-out, in no tab, until somebody signed in", () => {
    const { trips, local, clock } = setup();
    trips.signOut();
    const other = new Trips(memory(), local, () => clock.now);
    expect(other.mayLeave()).toBe(false);
    other.arrived();
    expect(trips.mayLeave()).toBe(true);
  });
});

describe("the host", () => {
  const config = (host: object | null, kinds = ["host"]) =>
    ({ identity: { kinds, setupRequired: false, host } }) as Parameters<typeof hostOf>[0];
  const acme = { name: "Acme", signInUrl: "https://acme.example/sso?theme=dark", passwords: true };

  it("is what the server says, unless the client's own configuration names it", () => {
    expect(hostOf(config(acme), null)).toEqual(acme);
    expect(hostOf(config(acme), "https://other.example")?.signInUrl).toBe(
      "https://other.example/api/v1/auth/sso",
    );
    expect(hostOf(config(null, ["local"]), "https://other.example")).toBeNull();
    expect(hostOf(config(null), null)).toMatchObject({ signInUrl: null, passwords: false });
  });

  it("is a web page and nothing else", () => {
    expect(hostOf(config({ ...acme, signInUrl: "javascript:alert(1)" }), null)?.signInUrl).toBeNull();
  });

  it("is told where to send the browser back to", () => {
    const address = new URL(signInAddress(acme.signInUrl, "https://chat.example"));
    expect(address.searchParams.get("callbackUrl")).toBe("https://chat.example/auth/callback");
    expect(address.searchParams.get("theme")).toBe("dark");
  });
});

it("a token says itself how long it lives", () => {
  const token = (claims: object) => `h.${btoa(JSON.stringify(claims)).replace(/=+$/, "")}.s`;
  expect(lifetimeMs(token({ iat: 1_000.5, exp: 1_900.5 }))).toBe(900_000);
  expect(lifetimeMs(token({ exp: 1 }))).toBeNull();
  expect(lifetimeMs("nonsense")).toBeNull();
});
