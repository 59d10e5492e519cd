import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { loadSetup } from "./config";
import { memory } from "./testing";

const page = "https://client.example";
const config = {
  socketPath: "/socket.io",
  limits: {},
  identity: { kinds: ["local"], setupRequired: true },
};

/** What answers at which address; nothing else does. */
let net: Record<string, Response> = {};

beforeEach(() => {
  vi.stubGlobal("navigator", { onLine: false });
  vi.stubGlobal("fetch", async (url: string) => {
    const answer = net[url];
    if (!answer) throw new TypeError("Failed to fetch");
    return answer.clone();
  });
});
afterEach(() => vi.unstubAllGlobals());

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const named = { "/config.json": json({ NEXT_PUBLIC_API_URL: "https://chat.example/below" }) };
const api = "https://chat.example/below/api/v1/config";

it("without a network the page starts with what it found last", async () => {
  const keep = memory();
  net = { ...named, [api]: json(config) };
  const first = await loadSetup(page, keep);
  net = {};
  const start = await loadSetup(page, keep);
  if (!first.ok || !start.ok) throw new Error("not started");
  expect(first.away).toBeNull();
  expect(await start.away?.()).toEqual({ kind: "offline" });
  expect(start.setup.place).toEqual(first.setup.place);
  expect(start.setup.place.api).toBe("https://chat.example/below/api/v1");
  // An account was made meanwhile, or cannot be made now.
  expect(start.setup.config.identity.setupRequired).toBe(false);
});

it("a page that never found the server says why", async () => {
  net = {};
  expect(await loadSetup(page, memory())).toEqual({ ok: false, why: { kind: "offline" } });
});

it.each([
  ["is away behind its proxy", { ...named, [api]: json({}, 502) }, true],
  ["is away, and so is the static host", { "/config.json": json({}, 503) }, true],
  ["asks to wait", { ...named, [api]: json({}, 429) }, false],
  ["is no chat any more", { ...named, [api]: new Response("<html>") }, false],
  ["is another one now", { "/config.json": json({ NEXT_PUBLIC_API_URL: "https://new.example" }) }, false],
])("of a server that %s", async (_what, now: Record<string, Response>, goesOn) => {
  const keep = memory();
  net = { ...named, [api]: json(config) };
  await loadSetup(page, keep);
  net = now;
  expect((await loadSetup(page, keep)).ok).toBe(goesOn);
});

it("what was kept by something else is not used", async () => {
  const keep = memory();
  for (const text of ["{", "null", '{"file":{},"api":"x"}', '{"file":{},"api":"x","config":{}}']) {
    keep.write("tms.setup", text);
    net = {};
    expect((await loadSetup(page, keep)).ok).toBe(false);
  }
});
