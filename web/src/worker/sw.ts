/**
 * The service worker: keeps the page of the running build and the files in `assets/`, so that the client opens without a
 * network. Nothing else passes through it: no answer of the API, no file, nothing of another site.
 */
export {};

declare const self: ServiceWorkerGlobalScope;
/** Put in by the build. The addresses are relative to this script; `entry` is the one that the page begins with. */
declare const __SHELL__: { build: string; entry: string; files: readonly string[] };

const { build, entry, files } = __SHELL__;
const PREFIX = "tms.shell.";
const KEPT = PREFIX + build;
const PAGE = new URL("./", self.location.href);
/** The addresses of the client; others are the server's, or of somebody else behind the same proxy. */
const SCREENS = /^(?:c\/.+|sign-in|setup|join|auth\/callback)?\/?$/;
/** Nothing here is waited for without an end: first for a page and for the browser's storage, … */
const PATIENCE_MS = 3_000;
/** … then for what no page waits for, but a newer worker does, … */
const ASIDE_MS = 30_000;
/** … and for a file that only the network has. */
const FILE_MS = 60_000;
const LOOK_MS = 200;
/** Held by each tab, with the address of its script. */
const LOCK = "tms.page.";
/** The pages that this worker answered and that hold theirs. */
const arrived = new Set<string>();

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
// Until `activate` is over, the browser holds back whatever the open pages ask for.
self.addEventListener("activate", (event) =>
  event.waitUntil(within(PATIENCE_MS, tidy()).then(() => self.clients.claim())),
);
// A page says so when it holds its lock.
self.addEventListener("message", ({ source }) => source instanceof Client && arrived.add(source.id));
self.addEventListener("fetch", (event) => {
  const { request, resultingClientId } = event;
  const { href, pathname } = new URL(request.url);
  if (request.method !== "GET" || !href.startsWith(PAGE.href)) return;
  const path = pathname.slice(PAGE.pathname.length);
  if (path.startsWith("assets/")) event.respondWith(asset(request));
  if (request.mode !== "navigate" || !SCREENS.test(path)) return;
  const answer = page(request);
  event.respondWith(answer);
  event.waitUntil(answer.then((shown) => (isPage(shown) ? arrival(resultingClientId) : undefined)));
  event.waitUntil(endIfGone());
});

/** All of it or nothing: the page comes last. */
async function keep(): Promise<void> {
  const cache = await caches.open(KEPT);
  const answer = await fetch(PAGE, { cache: "no-store", signal: AbortSignal.timeout(FILE_MS) });
  // While several servers are upgraded one after the other, the page may be of another build than this script.
  if (!isPage(answer) || !(await answer.clone().text()).includes(entry)) throw new Error("another build");
  for (const file of files) {
    await keepFile(cache, new URL(file, PAGE));
  }
  await cache.put(PAGE, answer);
}

async function keepFile(cache: Cache, file: URL): Promise<void> {
  const found = await fetch(file, { signal: AbortSignal.timeout(FILE_MS) });
  // A static host answers with its page where a file is not there yet.
  if (!found.ok || isPage(found)) throw new Error(`${file.pathname} is not there`);
  await cache.put(file, found);
}

/** Whatever the network answers wins, unless it says that the server is away. */
async function page(request: Request): Promise<Response> {
  const network = fromNetwork(request);
  const first = await within(PATIENCE_MS, network);
  if (first && first.status < 500) return first;
  const kept = (await stored(PAGE, { cacheName: KEPT })) ?? (await stored(PAGE));
  return kept ?? first ?? (await within(FILE_MS, network)) ?? nothing();
}

/** A page that is not of this build, with the files it begins with: it would stay white if they did not come. */
async function fromNetwork(request: Request): Promise<Response> {
  const answer = await fetch(request);
  if (!isPage(answer)) return answer;
  const text = await answer.clone().text();
  if (text.includes(entry)) return answer;
  const named = [...text.matchAll(/\s(?:src|href)="([^"]+\.(?:js|css))"/g)].map(
    ([, name]) => new URL(name ?? "", PAGE),
  );
  const files = named.filter(({ href }) => href.startsWith(`${PAGE.href}assets/`));
  const cache = await caches.open(KEPT);
  await Promise.all(files.map(async (file) => (await stored(file)) ?? keepFile(cache, file)));
  return answer;
}

/** The name says what is in it: whichever build kept it, it is the same. */
async function asset(request: Request): Promise<Response> {
  return (await stored(request)) ?? (await within(FILE_MS, fetch(request))) ?? Response.error();
}

async function stored(what: Request | URL, where: MultiCacheQueryOptions = {}): Promise<Response | null> {
  return (await within(PATIENCE_MS, caches.match(what, { ...where, ignoreVary: true }))) ?? null;
}

/** Until the page that was answered holds its lock, or is gone: a newer worker taking over would drop its scripts. */
async function arrival(client: string): Promise<void> {
  const end = Date.now() + ASIDE_MS;
  let seen = false;
  while (!arrived.delete(client) && Date.now() < end) {
    const there = (await within(PATIENCE_MS, self.clients.get(client))) !== undefined;
    if (seen && !there) return;
    seen = there;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

/** There is neither a network nor a kept page, as where the browser's storage was emptied. */
function nothing(): Response {
  const text = `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>TMS Chat</title>
<p>TMS Chat could not be loaded. Check the connection, then reload this page.</p></html>`;
  return new Response(text, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

/** Null where it fails or takes longer. */
function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  return Promise.race([work.catch(() => null), new Promise<null>((done) => setTimeout(done, ms, null))]);
}

/** Drops earlier builds, except those of which an open tab may still need a part. */
async function tidy(): Promise<void> {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  const scripts = held.map(({ name = "" }) => name).filter((name) => name.startsWith(LOCK));
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX) || name === KEPT) continue;
    let needed = false;
    for (const script of scripts.map((lock) => lock.slice(LOCK.length)))
      needed ||= !script.endsWith(entry) && (await caches.match(script, { cacheName: name })) !== undefined;
    if (!needed) await caches.delete(name);
  }
}

/** Where this script is not served any more, something else lives here now, and must not be hidden. */
async function endIfGone(): Promise<void> {
  const answer = await within(ASIDE_MS, fetch(self.location.href, { cache: "no-store" }));
  if (!answer || (answer.status !== 404 && answer.status !== 410 && !isPage(answer))) return;
  await self.registration.unregister();
  for (const name of await caches.keys()) if (name.startsWith(PREFIX)) await caches.delete(name);
}

function isPage({ ok, redirected, headers }: Response): boolean {
  return ok && !redirected && (headers.get("Content-Type") ?? "").includes("html");
}
