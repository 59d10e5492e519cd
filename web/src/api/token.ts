/**
 * How long a token lives. Read from its own two times, so that a device whose clock is wrong reckons right as well; the
 * server decides about everything else in it.
 */
export function lifetimeMs(token: string): number | null {
  try {
    const part = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const { iat, exp } = JSON.parse(atob(part)) as { iat?: unknown; exp?: unknown };
    return typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1_000 : null;
  } catch {
    return null;
  }
}
