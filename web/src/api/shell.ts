/** The page's side of `worker/sw.ts`: without a network the page opens from what the worker keeps. */

/** Only secure pages have one. Where it cannot be had the page works as before, with a network. */
export function keepShell(): void {
  const { locks, serviceWorker } = navigator;
  if (!window.isSecureContext || !serviceWorker) return;
  const entry = document.querySelector<HTMLScriptElement>("script[type=module][src]");
  // Held for the life of this tab: until then no newer build drops the parts it has yet to load. The worker that brought
  // the page lets no newer one take over before.
  const held = () => serviceWorker.controller?.postMessage("held");
  if (entry)
    void locks
      ?.request(`tms.page.${entry.src}`, { mode: "shared" }, () => {
        held();
        return new Promise(() => {});
      })
      .catch(held);
  // What the first view needs comes first.
  window.addEventListener("load", () => {
    register(serviceWorker).catch((error: unknown) => console.debug(`not kept for offline: ${error}`));
  });
}

async function register(serviceWorker: ServiceWorkerContainer): Promise<void> {
  const script = `${import.meta.env.BASE_URL}sw.js`;
  const { ok, headers } = await fetch(script, { method: "HEAD", cache: "no-store" });
  // One that is gone takes itself away; registered anew meanwhile, it would stay.
  if (ok && headers.get("Content-Type")?.includes("javascript"))
    await serviceWorker.register(script, { updateViaCache: "none" });
}
