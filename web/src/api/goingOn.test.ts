/** A page that opens without the server: whoever was here last reads on, and the session is found when it answers. */
import { describe, expect, it } from "vitest";
import { no, ok } from "../model/testing";
import { LocalWay } from "./localWay";
import { Session } from "./session";
import { type Answer, fakeRest, hostPage, memory, pass, refused, user } from "./testing";

const DAY_MS = 86_400_000;
const away: Answer = () => no(0);
const there: Answer = ({ path }) => {
  if (path === "/config") return ok({});
  return path === "/users/me" ? ok(user("ana")) : pass("ana", "t1");
};

describe("with accounts of the server", () => {
  /** A browser in which ana signed in; each page is a later one of the same tab, without a network. */
  async function setup(cookie: "surely" | "never" = "surely") {
    let answer = there;
    const [tab, local, clock] = [memory(), memory(), { now: 1_000_000 }];
    const { rest, calls } = fakeRest((call) => answer(call));
    const page = (own = tab) => new Session(rest, new LocalWay(rest, cookie, own, local), () => clock.now);
    const first = page();
    await first.signIn("a@b", "p");
    calls.length = 0;
    const says = (next: Answer) => {
      answer = next;
    };
    says(away);
    return { first, page, says, calls, rest, tab, local, clock };
  }

  it.each(["surely", "never"] as const)("and a cookie that reaches it %s, she goes on", async (cookie) => {
    const { page, says, calls } = await setup(cookie);
    const session = page();
    expect(await session.restore(false)).toBeNull();
    expect(session.store.get()).toMatchObject({ name: "in", me: { id: "ana" } });
    expect([session.token(), session.stale(), calls.length]).toEqual([null, true, 0]);
    expect([await session.renewForSocket(false), await session.find()]).toEqual(["later", "later"]);
    expect(session.store.get().name).toBe("in");
    says(there);
    expect(await session.renewForSocket(false)).toBe("t1");
    expect([session.token(), session.stale(), await session.find()]).toEqual(["t1", false, "t1"]);
  });

  it("a server that breaks while the session is looked for is no sign-out either", async () => {
    const { page, says } = await setup();
    says(() => no(502));
    const session = page();
    expect(await session.restore()).toBeNull();
    expect(session.store.get().name).toBe("in");
  });

  it("one that asks to wait is waited for before anything is shown", async () => {
    const { page, says } = await setup();
    says(() => no(429));
    const session = page();
    expect((await session.restore())?.status).toBe(429);
    expect(session.store.get().name).toBe("unknown");
  });

  it("a session that is over by then ends with a reason, so that what was written waits", async () => {
    const { page, says, local } = await setup();
    const session = page();
    await session.restore(false);
    says((call) => (call.path === "/config" ? ok({}) : refused("token_missing")));
    expect(await session.renewForSocket(false)).toBeNull();
    expect(session.store.get()).toMatchObject({ name: "out", reason: "token_expired", last: { id: "ana" } });
    expect(local.all.size).toBe(0);
    expect(await page().restore(false)).toBeNull();
  });

  it("somebody else's session, begun in another tab, is not taken", async () => {
    const { page, says } = await setup();
    const session = page();
    await session.restore(false);
    says((call) => (call.path === "/config" ? ok({}) : pass("ben", "b1")));
    expect(await session.renewForSocket(false)).toBeNull();
    expect([session.store.get().name, session.token()]).toEqual(["out", null]);
  });

  it("after a sign-out nobody is remembered", async () => {
    const { first, page, rest, tab, local, calls } = await setup();
    await first.signOut(rest);
    calls.length = 0;
    const session = page();
    expect(await session.restore(false)).toBeNull();
    expect(session.store.get()).toMatchObject({ name: "out", reason: null });
    expect([tab.all.size, local.all.size, calls.length]).toEqual([0, 0, 0]);
  });

  it("who signs out while the session is looked for is not told that it expired", async () => {
    const { page, says, rest } = await setup();
    const session = page();
    await session.restore(false);
    let asked: () => void = () => {};
    says(({ path }) => (path === "/config" ? new Promise((done) => (asked = () => done(ok({})))) : no(0)));
    const looking = session.renewForSocket(false);
    says(there);
    await session.signOut(rest);
    asked();
    expect(await looking).toBeNull();
    expect(session.store.get()).toMatchObject({ name: "out", reason: null, last: null });
  });

  it("a new tab that would ask for the password shows nothing", async () => {
    const { page, local } = await setup("never");
    expect(JSON.stringify([...local.all])).not.toContain("ana");
    const session = page(memory());
    await session.restore(false);
    expect(session.store.get().name).toBe("out");
  });

  it("after a month at last she has to be at the server", async () => {
    const { page, clock } = await setup();
    clock.now += 29 * DAY_MS;
    expect(await page().restore(false)).toBeNull();
    clock.now += DAY_MS;
    expect((await page().restore(false))?.status).toBe(0);
  });

  it("what cannot be read is nobody", async () => {
    const { page, local } = await setup();
    for (const text of ["", "null", "{", '{"me":{}}', '{"at":1}']) {
      local.write("tms.last", text);
      expect((await page().restore(false))?.status).toBe(0);
    }
  });
});

describe("with the host's sessions", () => {
  /** A later page of the browser in which ana came in through the host. */
  async function setup(answer: Answer, cookie: "surely" | "never" = "surely") {
    const first = hostPage(there, { ticket: { kind: "host_token", token: "h" }, cookie });
    await first.session.restore();
    return hostPage(answer, { local: first.local, cookie });
  }

  it("she goes on, and the page is not left while nobody answers", async () => {
    let answer = away;
    const page = await setup((call) => answer(call), "never");
    expect(await page.session.restore(false)).toBeNull();
    expect(await page.session.renewForSocket(false)).toBe("later");
    expect([page.reason(), page.trips]).toEqual(["in", []]);
    answer = there;
    // No cookie reaches the server from here: it goes through the host, and comes back to where it was.
    expect(await page.session.renewForSocket(false)).toBe("later");
    expect([page.reason(), page.trips]).toEqual(["in", ["/c/1"]]);
  });

  it("the host's cookie brings a token when the server answers", async () => {
    let answer = away;
    const page = await setup((call) => answer(call));
    await page.session.restore(false);
    answer = there;
    expect(await page.session.renewForSocket(false)).toBe("t1");
    expect(page.trips).toEqual([]);
  });

  it("somebody who comes from the host may be another person", async () => {
    const page = await setup(away);
    page.arrival.ticket = { kind: "host_token", token: "other" };
    expect((await page.session.restore(false))?.status).toBe(0);
    expect(page.reason()).toBe("unknown");
  });

  it("after a sign-out nobody is remembered, and nothing is asked", async () => {
    const page = await setup(away);
    await page.session.restore(false);
    await page.session.signOut(page.rest);
    const later = hostPage(away, { local: page.local });
    expect(await later.session.restore(false)).toBeNull();
    expect([later.reason(), later.calls, later.trips]).toEqual([null, [], []]);
    expect(JSON.stringify([...page.local.all])).not.toContain("ana");
  });

  it("a page that the host's session does not reach any more forgets who was here", async () => {
    const page = await setup(() => refused("token_expired"));
    await page.session.restore();
    expect(page.trips).toHaveLength(1);
    expect(page.local.all.size).toBe(0);
  });
});
