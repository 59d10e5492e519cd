/** One way to call the server: bearer, cookies, a time limit, and failures as values with the server's own sentence. */
import type { Result } from "../model/ports";
import type { Failure } from "../model/types";

export interface Rest {
  get<T>(path: string, options?: Options): Promise<Result<T>>;
  post<T>(path: string, body?: unknown, options?: Options): Promise<Result<T>>;
  put<T>(path: string, body?: unknown): Promise<Result<T>>;
  delete<T>(path: string, body?: unknown): Promise<Result<T>>;
}

export interface Options {
  headers?: Record<string, string>;
  /** Looks at the headers of a good answer. */
  seen?: (headers: Headers) => void;
}

export interface Bearer {
  token(): string | null;
  /** Where there is none: the one of a session yet to be found, "later" when it cannot be, null where nobody is signed in. */
  find(): Promise<string | null | "later">;
  /** After a 401: a fresh token to try once more with, or null when the session is over. */
  renew(refused: string): Promise<string | null>;
  /** The account itself was refused: no token will help. */
  deactivated(failure: Failure): void;
}

const TIMEOUT_MS = 15_000;

export const NETWORK: Failure = { code: "network", detail: "", status: 0, retryAfter: null };
export const TIMEOUT: Failure = { ...NETWORK, code: "timeout" };

/** @param bearer null for calls that need no token. */
export function createRest(base: string, bearer: Bearer | null): Rest {
  async function call<T>(
    method: string,
    path: string,
    body?: unknown,
    options: Options = {},
  ): Promise<Result<T>> {
    const send = (token: string | null) => once<T>(base + path, method, token, body, options);
    return bearer ? withToken(bearer, send) : send(null);
  }
  return {
    get: (path, options) => call("GET", path, undefined, options),
    post: (path, body, options) => call("POST", path, body, options),
    put: (path, body) => call("PUT", path, body),
    delete: (path, body) => call("DELETE", path, body),
  };
}

/** @param send a request with this token; once more with a fresh one, where the first was refused for its token */
export async function withToken<T>(
  bearer: Bearer,
  send: (token: string | null) => Promise<Result<T>>,
): Promise<Result<T>> {
  const token = bearer.token() ?? (await bearer.find());
  if (token === "later") return { ok: false, failure: NETWORK };
  const first = await send(token);
  if (first.ok || token === null) return first;
  if (first.failure.code === "account_deactivated") bearer.deactivated(first.failure);
  if (!worthARenewal(first.failure)) return first;
  const fresh = await bearer.renew(token);
  return fresh === null ? first : send(fresh);
}

async function once<T>(
  url: string,
  method: string,
  token: string | null,
  body: unknown,
  options: Options,
): Promise<Result<T>> {
  const headers: Record<string, string> = { ...options.headers };
  if (token !== null) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(url, {
      method,
      headers,
      credentials: "include",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.ok) {
      options.seen?.(answer.headers);
      return { ok: true, value: (answer.status === 204 ? null : await answer.json()) as T };
    }
    return { ok: false, failure: await refusal(answer) };
  } catch (error) {
    const timeout = error instanceof DOMException && error.name === "TimeoutError";
    return { ok: false, failure: timeout ? TIMEOUT : NETWORK };
  }
}

/** A 401 may also be about something else, like a wrong password in a form. */
function worthARenewal({ status, code }: Failure): boolean {
  return status === 401 && /^(token|http)_/.test(code);
}

export async function refusal(answer: Response): Promise<Failure> {
  const body: unknown = await answer.json().catch(() => null);
  const { detail, code } = (body ?? {}) as { detail?: unknown; code?: unknown };
  // The auth endpoints of the contract may wrap their sentence.
  const nested = (detail as { message?: unknown } | null)?.message;
  const sentence = typeof detail === "string" ? detail : typeof nested === "string" ? nested : "";
  return {
    code: typeof code === "string" ? code : `http_${answer.status}`,
    detail: sentence,
    status: answer.status,
    retryAfter: retryAfter(answer),
  };
}

/** Seconds. The header may also hold a date; another site shows it to us only because the server exposes it. */
export function retryAfter(answer: Response): number | null {
  const header = answer.headers.get("Retry-After");
  if (!header) return null;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null;
}
