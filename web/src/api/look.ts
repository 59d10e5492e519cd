/** The browser's side of the diagnosis: looks at addresses without a token and never throws. */
import type { Look, Sight } from "../model/diagnose";
import { retryAfter } from "./rest";

const PATIENCE_MS = 8_000;

export const look: Look & { read(url: string, patienceMs?: number): Promise<Sight> } = {
  networkUp: () => navigator.onLine,

  async read(url: string, patienceMs: number = PATIENCE_MS): Promise<Sight> {
    try {
      const answer = await fetch(url, {
        credentials: "omit",
        cache: "no-store",
        signal: AbortSignal.timeout(patienceMs),
      });
      const text = await answer.text();
      return { kind: "answer", status: answer.status, body: parsed(text), retryAfter: retryAfter(answer) };
    } catch {
      return { kind: "blocked" };
    }
  },

  async answers(url): Promise<boolean> {
    try {
      await fetch(url, {
        mode: "no-cors",
        credentials: "omit",
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return true;
    } catch {
      return false;
    }
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
