import { describe, expect, it } from "vitest";
import { no, ok } from "../model/testing";
import { LocalWay } from "./localWay";
import { Session } from "./session";
import { type Answer, fakeRest, hostPage, memory, pass, refused, user } from "./testing";
import { cookieReaches } from "./way";

it.each([
  ["https://chat.example", "https://chat.example", "surely"],
  ["http://localhost:8000", "http://localhost:9000", "surely"],
  ["https://api.acme.example", "https://chat.acme.example", "perhaps"],
  ["https://api.acme.co.uk", "https://chat.other.co.uk", "perhaps"],
  ["http://127.0.0.1:8000", "http://localhost:9000", "never"],
  ["http://192.168.0.2", "http://192.168.0.3", "never"],
  ["https://chat.example", "http://chat.example", "never"],
  ["https://tms.example", "https://acme.test", "never"],
])("the session cookie of %s reaches it from %s: %s", (server, page, expected) => {
  expect(cookieReaches(server, page)).toBe(expected);
});

/** Signed in as ana with t1; what follows is answered by `answer`. */
async function signedIn(answer: Answer, cookie: "surely" | "never" = "never") {
  let current: Answer = () => pass("ana", "t1");
  const page = hostPage((call) => current(call), { ticket: { kind: "host_token", token: "h" }, cookie });
  await page.session.restore();
  current = answer;
  page.calls.length = 0;
  return page;
}

describe("a renewal", () => {
  it("shows the present token, once for all who ask at the same time", async () => {
    const { session, calls } = await signedIn(() => pass("ana", "t2"));
    const [a, b, c] = await Promise.all([
      session.renew("t1"),
      session.renewForSocket(true),
      session.renewForSocket(false),
    ]);
    expect([a, b, c]).toEqual(["t2", "t2", "t2"]);
    expect(calls.map(({ headers }) => headers)).toEqual([{ Authorization: "Bearer t1" }]);
    expect(await session.renew("t1")).toBe("t2");
    expect(calls).toHaveLength(1);
  });

  it("of a session that is over ends it, and nothing leaves the page", async () => {
    const page = await signedIn(() => refused("token_expired"));
    expect(await page.session.renewForSocket(false)).toBeNull();
    expect(page.state()).toMatchObject({ name: "out", reason: "token_expired", last: { id: "ana" } });
    expect(page.trips).toEqual([]);
    expect(await page.session.renew("t1")).toBeNull();
    expect(page.calls).toHaveLength(1);
  });

  it("goes on with the host's cookie, when the host has prolonged its session", async () => {
    const answer: Answer = ({ headers }) =>
      headers.Authorization ? refused("token_expired") : pass("ana", "t2");
    const page = await signedIn(answer, "surely");
    expect(await page.session.renew("t1")).toBe("t2");
    expect(page.reason()).toBe("in");
  });

  it("that brings somebody else's token is not taken", async () => {
    const page = await signedIn(() => pass("ben", "b1"), "surely");
    expect(await page.session.renew("t1")).toBeNull();
    expect(page.reason()).toBe("elsewhere");
    expect(page.session.token()).toBeNull();
  });

  it("that the server could not be asked for changes nothing", async () => {
    const page = await signedIn(() => no(503));
    expect(await page.session.renewForSocket(true)).toBe("later");
    expect(page.session.token()).toBe("t1");
    expect(page.reason()).toBe("in");
  });

  it("of somebody who was deactivated says so", async () => {
    const page = await signedIn(() => refused("account_deactivated", 403));
    expect(await page.session.renewForSocket(false)).toBeNull();
    expect(page.reason()).toBe("deactivated");
  });

  it("that comes after the sign-out does not sign in again", async () => {
    let answer: (value: ReturnType<typeof pass>) => void = () => {};
    const page = await signedIn(({ path }) =>
      path === "/auth/logout" ? ok({}) : new Promise((resolve) => (answer = resolve)),
    );
    const renewal = page.session.renew("t1");
    await page.session.signOut(page.rest);
    answer(pass("ana", "t2"));
    expect(await renewal).toBeNull();
    expect([page.reason(), page.session.token()]).toEqual([null, null]);
  });
});

it("a token is stale shortly before its end, whatever the device's clock says", async () => {
  const token = `h.${btoa(JSON.stringify({ iat: 5, exp: 905 }))}.s`;
  const page = hostPage(() => pass("ana", token), { ticket: { kind: "host_token", token: "h" } });
  await page.session.restore();
  expect(page.session.stale()).toBe(false);
  page.clock.now += 880_000;
  expect(page.session.stale()).toBe(false);
  page.clock.now += 15_000;
  expect(page.session.stale()).toBe(true);
});

it("a sign-out in one tab is one in the other, of the same person", async () => {
  const [here, there] = [await signedIn(() => ok({})), await signedIn(() => ok({}))];
  await here.session.signOut(here.rest);
  await new Promise((done) => setTimeout(done, 20));
  expect(there.state()).toMatchObject({ name: "out", reason: null, last: null });
  expect(there.local.all.size).toBe(1);
});

it("a sign-out in one tab is one in the other that was still looking for its session", async () => {
  const here = await signedIn(() => ok({}));
  let found: (value: ReturnType<typeof pass>) => void = () => {};
  const there = hostPage(() => new Promise((resolve) => (found = resolve)), { local: here.local });
  const looking = there.session.restore();
  await here.session.signOut(here.rest);
  await new Promise((done) => setTimeout(done, 20));
  found(pass("ana", "t2"));
  await looking;
  expect([there.reason(), there.session.token(), there.local.all.size]).toEqual([null, null, 1]);
});

describe("accounts of the server", () => {
  const setup = (answer: Answer, cookie: "surely" | "never") => {
    const [tab, local] = [memory(), memory()];
    const { rest, calls } = fakeRest(answer);
    const open = () => new Session(rest, new LocalWay(rest, cookie, tab, local));
    return { tab, local, calls, rest, open };
  };
  const server: Answer = ({ path }) => (path === "/users/me" ? ok(user("ana")) : pass("ana", "t1"));

  it("a first visit asks for nothing", async () => {
    const { open, calls } = setup(server, "surely");
    const session = open();
    await session.restore();
    expect([session.store.get().name, calls.length]).toEqual(["out", 0]);
  });

  it("the cookie brings a reload back, and no token is kept beside it", async () => {
    const { open, tab } = setup(server, "surely");
    await open().signIn("a@b", "p");
    expect(tab.all.size).toBe(0);
    const reloaded = open();
    await reloaded.restore();
    expect(reloaded.token()).toBe("t1");
  });

  it("without the cookie the tab keeps the token, until it is refused", async () => {
    let answer = server;
    const { open, tab } = setup((call) => answer(call), "never");
    await open().signIn("a@b", "p");
    const reloaded = open();
    await reloaded.restore();
    expect(reloaded.store.get()).toMatchObject({ name: "in", me: { id: "ana" } });
    // It lives for days and cannot be renewed: a warning two minutes before its end must not end it.
    expect(await reloaded.renewForSocket(true)).toBe("later");
    answer = () => refused("token_expired");
    const late = open();
    await late.restore();
    expect(late.store.get()).toMatchObject({ name: "out", reason: "token_expired" });
    expect(tab.all.size).toBe(0);
  });
});
