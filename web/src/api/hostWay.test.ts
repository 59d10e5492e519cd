import { describe, expect, it } from "vitest";
import { no } from "../model/testing";
import type { Answer } from "./testing";
import { acme, hostPage, memory, pass, refused } from "./testing";

const nobody: Answer = () => refused("token_missing");
const ana: Answer = () => pass("ana", "t1");
const token = { kind: "host_token", token: "host" } as const;

/** What a page left in its storages, and in them of the person. */
const written = ({ tab, local }: ReturnType<typeof hostPage>) => [
  ...tab.all.keys(),
  ...local.all.keys(),
  ...Object.keys(JSON.parse(local.read("tms.last") ?? "{}").me ?? {}),
];
/** No token: only who was here last, for a start without the server. */
const whoItIs = ["tms.last", "id", "name", "email", "image", "about"];

describe("without a session", () => {
  it("the page goes to the host by itself, once, and is shown as nothing yet", async () => {
    const page = hostPage(nobody);
    expect(await page.session.restore()).toBeNull();
    expect(page.trips).toEqual(["/c/1"]);
    expect(page.reason()).toBe("unknown");
  });

  it("a host that sends people elsewhere does not get them a second time", async () => {
    const first = hostPage(nobody);
    await first.session.restore();
    const again = hostPage(nobody, { tab: first.tab, at: 1_002_000 });
    await again.session.restore();
    expect(again.trips).toEqual([]);
    expect(again.reason()).toBe("token_missing");
  });

  it("nothing is asked where no cookie can go along", async () => {
    const page = hostPage(nobody, { cookie: "never" });
    await page.session.restore();
    expect(page.calls).toEqual([]);
    expect(page.trips).toHaveLength(1);
  });

  it("of a host that has no sign-in page, one is told to go there, and looks again", async () => {
    let answer = nobody;
    const page = hostPage((call) => answer(call), { host: { ...acme, signInUrl: null } });
    await page.session.restore();
    expect(page.reason()).toBe("no_session");
    expect(page.session.throughHost).toBeNull();
    expect((await page.session.tryAgain())?.code).toBe("token_missing");
    answer = ana;
    expect(await page.session.tryAgain()).toBeNull();
    expect(page.reason()).toBe("in");
  });

  it("a server that cannot be asked is no reason to leave", async () => {
    const page = hostPage(() => no(0));
    expect((await page.session.restore())?.status).toBe(0);
    expect(page.trips).toEqual([]);
  });
});

describe("back from the host", () => {
  it("the token is exchanged and forgotten; nothing is written anywhere but who it is", async () => {
    const page = hostPage(ana, { ticket: token });
    await page.session.restore();
    expect(page.calls).toEqual([
      { path: "/auth/session", body: undefined, headers: { "X-GCGC-Session-Token": "host" } },
    ]);
    expect(page.session.token()).toBe("t1");
    expect(page.arrival.ticket.kind).toBe("none");
    expect(written(page)).toEqual(whoItIs);
  });

  it("a code is exchanged once, even when what follows has to be repeated", async () => {
    let down = true;
    const answer: Answer = ({ path }) =>
      path === "/auth/sso/exchange" ? pass("ana", "long") : down ? no(0) : pass("ana", "short");
    const page = hostPage(answer, { ticket: { kind: "code", code: "c" } });
    expect((await page.session.restore())?.status).toBe(0);
    down = false;
    expect(await page.session.restore()).toBeNull();
    expect(page.calls.map(({ path }) => path)).toEqual([
      "/auth/sso/exchange",
      "/auth/session",
      "/auth/session",
    ]);
    expect(page.calls[2]?.headers).toEqual({ Authorization: "Bearer long" });
    expect(page.session.token()).toBe("short");
  });

  it.each([
    [token, refused("token_expired"), "token_expired"],
    [{ kind: "bare" } as const, refused("token_missing"), "token_missing"],
    [{ kind: "code", code: "c" } as const, refused("sso_code_invalid", 400), "host_refused"],
    [token, refused("account_deactivated", 403), "deactivated"],
    [token, refused("host_unavailable", 503), "host_unavailable"],
  ])("%j that is not taken is said, and never a second trip: %j", async (ticket, answer, reason) => {
    const page = hostPage(() => answer, { ticket });
    expect(await page.session.restore()).toBeNull();
    expect(page.reason()).toBe(reason);
    expect(page.trips).toEqual([]);
  });

  it("with an error of the host, nothing is asked", async () => {
    const page = hostPage(ana, { ticket: { kind: "error", code: "AccessDenied" } });
    await page.session.restore();
    expect(page.state()).toMatchObject({ reason: "host_refused", failure: { code: "AccessDenied" } });
    expect(page.calls).toEqual([]);
  });

  it("while the host is down the same token is tried again on request", async () => {
    let answer: Answer = () => refused("host_unavailable", 503);
    const page = hostPage((call) => answer(call), { ticket: token });
    await page.session.restore();
    answer = ana;
    expect(await page.session.tryAgain()).toBeNull();
    expect(page.calls.map(({ headers }) => headers["X-GCGC-Session-Token"])).toEqual(["host", "host"]);
    expect(page.reason()).toBe("in");
  });
});

describe("a way in that this tab did not go for", () => {
  const mallory: Answer = ({ headers }) =>
    headers["X-GCGC-Session-Token"] ? pass("mallory", "m") : refused("token_missing");
  const anaIsHere: Answer = (call) => {
    const answer = mallory(call);
    return "ok" in answer && answer.ok ? answer : pass("ana", "a");
  };

  it.each([token, { kind: "code", code: "c" } as const])(
    "goes through the host when somebody is signed in: %j",
    async (ticket) => {
      const page = hostPage(anaIsHere, { ticket, asked: false });
      await page.session.restore();
      expect(page.trips).toEqual(["/c/1"]);
      expect(page.calls.map(({ path, headers }) => [path, Object.keys(headers)])).toEqual([
        ["/auth/session", []],
      ]);
      expect(page.arrival.ticket.kind).toBe("none");
    },
  );

  it("keeps who is signed in, when the host was asked a moment ago", async () => {
    const first = hostPage(nobody);
    await first.session.restore();
    const page = hostPage(anaIsHere, { ticket: token, asked: false, tab: first.tab, at: 1_002_000 });
    await page.session.restore();
    expect(page.trips).toEqual([]);
    expect(page.session.token()).toBe("a");
  });

  it("does not undo a sign-out", async () => {
    const page = hostPage(ana, { ticket: token });
    await page.session.restore();
    await page.session.signOut(page.rest);
    const later = hostPage(mallory, { ticket: token, asked: false, local: page.local });
    await later.session.restore();
    expect([later.reason(), later.calls, later.trips]).toEqual([null, [], []]);
    expect(later.local.all.size).toBe(1);
  });

  it.each([
    ["in a fresh browser", {}],
    ["where no cookie says who is here", { cookie: "never" as const }],
    ["of a host without a sign-in page", { host: { ...acme, signInUrl: null } }],
  ])("leads in, %s", async (_where, options) => {
    const page = hostPage(mallory, { ticket: token, asked: false, ...options });
    await page.session.restore();
    expect([page.reason(), page.session.token(), page.trips]).toEqual(["in", "m", []]);
  });
});

describe("the password form", () => {
  it("exchanges the long token for a short one", async () => {
    const answer: Answer = ({ path }) => pass("ana", path === "/auth/session" ? "short" : "long");
    const page = hostPage(answer);
    expect((await page.session.signIn("a@b", "p")).ok).toBe(true);
    expect(page.calls[1]).toMatchObject({ headers: { Authorization: "Bearer long" } });
    expect(page.session.token()).toBe("short");
    expect(written(page)).toEqual(whoItIs);
  });
});

describe("after signing out on purpose", () => {
  it("no tab goes to the host or takes a cookie by itself, until somebody signs in", async () => {
    const page = hostPage(ana, { ticket: token });
    await page.session.restore();
    await page.session.signOut(page.rest);
    expect(page.reason()).toBeNull();
    expect(page.session.token()).toBeNull();
    const later = hostPage(ana, { tab: memory(), local: page.local });
    await later.session.restore();
    expect([later.reason(), later.calls.length, later.trips.length]).toEqual([null, 0, 0]);
    const back = hostPage(ana, { ticket: token, local: page.local });
    await back.session.restore();
    expect([back.reason(), ...page.local.all.keys()]).toEqual(["in", "tms.last"]);
  });
});
