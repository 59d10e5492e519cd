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
const PATIENCE_MS = 3_000;
/** Held by each tab, with the address of its script. */
const LOCK = "tms.page.";

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { href, pathname } = new URL(request.url);
  if (request.method !== "GET" || !href.startsWith(PAGE.href)) return;
  const path = pathname.slice(PAGE.pathname.length);
  if (path.startsWith("assets/")) event.respondWith(asset(request));
  if (request.mode !== "navigate" || !SCREENS.test(path)) return;
  event.respondWith(page(request));
  event.waitUntil(endIfGone());
});

/** All of it or nothing: the page comes last. */
async function keep(): Promise<void> {
  const cache = await caches.open(KEPT);
  const answer = await fetch(PAGE, { cache: "no-store" });
  // While several servers are upgraded one after the other, the page may be of another build than this script.
  if (!isPage(answer) || !(await answer.clone().text()).includes(entry)) throw new Error("another build");
  for (const file of files) {
    const found = await fetch(new URL(file, PAGE));
    // A static host answers with its page where a file is not there yet.
    if (!found.ok || isPage(found)) throw new Error(`${file} is not there`);
    await cache.put(new URL(file, PAGE), found);
  }
  await cache.put(PAGE, answer);
}

/** Whatever the network answers wins, unless it says that the server is away. */
async function page(request: Request): Promise<Response> {
  const network = fetch(request).catch(() => null);
  const late = new Promise<null>((done) => setTimeout(done, PATIENCE_MS, null));
  const first = await Promise.race([network, late]);
  if (first && first.status < 500) return first;
  const kept = await caches.match(PAGE, { cacheName: KEPT, ignoreVary: true });
  return kept ?? first ?? (await network) ?? Response.error();
}

/** The name says what is in it: whichever build kept it, it is the same. */
async function asset(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
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
  const answer = await fetch(self.location.href, { cache: "no-store" }).catch(() => null);
  if (!answer || (answer.status !== 404 && answer.status !== 410 && !isPage(answer))) return;
  await self.registration.unregister();
  for (const name of await caches.keys()) if (name.startsWith(PREFIX)) await caches.delete(name);
}

function isPage({ ok, redirected, headers }: Response): boolean {
  return ok && !redirected && (headers.get("Content-Type") ?? "").includes("html");
}
