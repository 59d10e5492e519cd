/**
 * Parts of the page that are loaded when they are needed. While the server is away they are waited for. A page that was
 * open while the server got a new version asks for parts that are not there any more: a reload brings the new page. Not
 * again within a minute: then the part is missing for another reason, and the error is shown.
 */
import type { Keep } from "../../model/ports";

const RELOADED = "tms.reloaded";
const AGAIN_MS = 60_000;
const RETRY_MS = 2_000;

/** @param page the window, whose `vite:preloadError` says that a part could not be loaded */
export function reloadWhenOutdated(
  page: EventTarget,
  tab: Keep,
  now: () => number,
  reload: () => void,
  gone: (error: unknown) => Promise<boolean> = isGone,
): void {
  page.addEventListener("vite:preloadError", async (event) => {
    // A server that is away has no new version: reloaded now, the page would be lost.
    if (!(await gone("payload" in event ? event.payload : null))) return;
    const last = Number(tab.read(RELOADED) ?? Number.NaN);
    if (now() - last < AGAIN_MS) return;
    tab.write(RELOADED, String(now()));
    // Where nothing can be remembered, it might go on for ever.
    if (tab.read(RELOADED) !== null) reload();
  });
}

/** Loads a part, waiting for the server where it is away. Rejects when the part is not there any more. */
export function part<T>(load: () => Promise<T>, gone = isGone, wait = later): () => Promise<T> {
  return async () => {
    for (;;) {
      try {
        return await load();
      } catch (error) {
        if (await gone(error)) throw error;
        await wait();
      }
    }
  };
}

/** Whether the server answers that there is no such file. Browsers that do not name it are asked for by this one. */
async function isGone(error: unknown): Promise<boolean> {
  const named = /https?:\/\/\S+\.(?:js|css)/.exec(error instanceof Error ? error.message : "");
  try {
    return (await fetch(named?.[0] ?? import.meta.url, { cache: "no-store" })).status === 404;
  } catch {
    return false;
  }
}

function later(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}
