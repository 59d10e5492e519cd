/**
 * Of all the tabs that hear a notice, one tells it: whoever takes its lock first. The lock is held until the slowest tab
 * has heard of it too.
 */
const HELD_MS = 10_000;
const PREFIX = "tms.notice.";

/** True in the one tab that shall tell it. */
export function claim(key: string): Promise<boolean> {
  // Pages without https have no locks; there the first to write a note wins, which two tabs rarely do in one moment.
  if (!navigator.locks) return Promise.resolve(noted(key));
  return new Promise((answer) => {
    void navigator.locks.request(PREFIX + key, { ifAvailable: true }, async (lock) => {
      answer(lock !== null);
      if (lock) await new Promise((done) => setTimeout(done, HELD_MS));
    });
  });
}

function noted(key: string): boolean {
  try {
    const name = PREFIX + key;
    if (Date.now() - Number(localStorage.getItem(name) ?? 0) < HELD_MS) return false;
    localStorage.setItem(name, String(Date.now()));
    setTimeout(() => localStorage.removeItem(name), HELD_MS);
    return true;
  } catch {
    return true;
  }
}
