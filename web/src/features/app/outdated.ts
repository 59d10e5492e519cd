/**
 * A page that was open while the server got a new version asks for parts of its own that are not there any more. A reload
 * brings the new page. Not again within a minute: then the part is missing for another reason, and the error is shown.
 */
import type { Keep } from "../../model/ports";

const RELOADED = "tms.reloaded";
const AGAIN_MS = 60_000;

/** @param page the window, whose `vite:preloadError` says that a part could not be loaded */
export function reloadWhenOutdated(
  page: EventTarget,
  tab: Keep,
  now: () => number,
  reload: () => void,
): void {
  page.addEventListener("vite:preloadError", () => {
    const last = Number(tab.read(RELOADED) ?? Number.NaN);
    if (now() - last < AGAIN_MS) return;
    tab.write(RELOADED, String(now()));
    // Where nothing can be remembered, it might go on for ever.
    if (tab.read(RELOADED) !== null) reload();
  });
}
