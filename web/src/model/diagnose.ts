/**
 * Why can we not talk to the server? A browser tells a page only "failed", so we look from several sides and put the
 * observations together. The sentence shown is in `texts.ts`; the looking (fetch) is the port `Look`.
 */

export type Diagnosis =
  /** The browser has no network. */
  | { kind: "offline" }
  /** Nobody answers at the address. */
  | { kind: "unreachable"; server: string }
  /** The server answers, but not to pages from here. */
  | { kind: "origin"; server: string; page: string }
  /** No socket at this path. `said` is the server's own sentence, `right` the path its configuration names. */
  | { kind: "path"; server: string; used: string; right: string | null; said: string | null }
  /** A secure page may not call an insecure server. */
  | { kind: "mixed"; server: string; page: string }
  /** Something answers, but it is no TMS Chat. */
  | { kind: "not_chat"; server: string; sameOrigin: boolean }
  /** The server asks to wait. Seconds, where it said how long. */
  | { kind: "busy"; server: string; retryAfter: number | null }
  | { kind: "broken"; server: string; status: number }
  /** The server let the socket in and then refused it in its own words. */
  | { kind: "said"; sentence: string }
  /** Everything looks right from here: the line just broke. */
  | { kind: "interrupted" };

/** What one look at an address saw. `blocked`: the browser refused to show the answer, or there was none. */
export type Sight =
  | { kind: "blocked" }
  | { kind: "answer"; status: number; body: unknown; retryAfter: number | null };

export interface Look {
  networkUp(): boolean;
  /** A normal request: its answer is readable only when the server accepts our origin. */
  read(url: string): Promise<Sight>;
  /** Does anything answer at all? A request whose answer may not be read succeeds for every living server. */
  answers(url: string): Promise<boolean>;
}

export interface Place {
  /** Origin of the server, like `https://chat.example`. */
  server: string;
  /** REST base, like `https://chat.example/api/v1`. */
  api: string;
  /** Origin of the socket server: `server`, unless the configuration names another. */
  socketServer: string;
  socketPath: string;
  /** Origin of this page. */
  page: string;
}

/** Trying again will not help before somebody changes a setting. */
export function needsAPerson(why: Diagnosis): boolean {
  return why.kind === "origin" || why.kind === "path" || why.kind === "mixed" || why.kind === "not_chat";
}

/** The socket did not connect. */
export async function diagnoseSocket(look: Look, place: Place): Promise<Diagnosis> {
  const { socketServer: server, socketPath: used, page } = place;
  const early = cheap(look, server, page);
  if (early) return early;
  const sight = await look.read(`${server}${trimmed(used)}/?EIO=4&transport=polling`);
  if (sight.kind === "answer") {
    if (sight.status === 200 && typeof sight.body === "string" && sight.body.startsWith("0{"))
      return { kind: "interrupted" };
    if (sight.status === 429 || sight.status === 503)
      return { kind: "busy", server, retryAfter: sight.retryAfter };
    if (sight.status >= 500) return { kind: "broken", server, status: sight.status };
    return { kind: "path", server, used, right: await rightPath(look, place), said: sentence(sight.body) };
  }
  if (!(await look.answers(`${server}/health`))) return { kind: "unreachable", server };
  // The server lives, yet its answer is withheld from us: at every address, or only at the socket's?
  const config = await look.read(`${place.api}/config`);
  if (config.kind === "blocked") return { kind: "origin", server, page };
  const right = socketPathOf(config);
  if (right !== null && trimmed(right) !== trimmed(used))
    return { kind: "path", server, used, right, said: null };
  // REST accepts this origin and the path is right: a socket server with a list of its own.
  return { kind: "origin", server, page };
}

/** The first REST call of the page (`GET {api}/config`) had no usable answer. */
export async function diagnoseStart(
  look: Look,
  place: Pick<Place, "server" | "api" | "page">,
  seen: Sight,
): Promise<Diagnosis> {
  const { server, page } = place;
  const early = cheap(look, server, page);
  if (early) return early;
  if (seen.kind === "answer") {
    if (seen.status === 429 || seen.status === 503)
      return { kind: "busy", server, retryAfter: seen.retryAfter };
    if (seen.status >= 500) return { kind: "broken", server, status: seen.status };
    return { kind: "not_chat", server, sameOrigin: server === page };
  }
  if (!(await look.answers(`${server}/health`))) return { kind: "unreachable", server };
  return server === page ? { kind: "interrupted" } : { kind: "origin", server, page };
}

/** What is known without asking anybody. */
function cheap(look: Look, server: string, page: string): Diagnosis | null {
  if (!look.networkUp()) return { kind: "offline" };
  // Browsers make an exception for the own machine.
  const insecure = server.startsWith("http://") && !/^http:\/\/(localhost|127\.|\[::1\])/.test(server);
  return page.startsWith("https://") && insecure ? { kind: "mixed", server, page } : null;
}

async function rightPath(look: Look, place: Place): Promise<string | null> {
  return socketPathOf(await look.read(`${place.api}/config`));
}

function socketPathOf(sight: Sight): string | null {
  if (sight.kind !== "answer" || sight.status !== 200) return null;
  const path = (sight.body as { socketPath?: unknown } | null)?.socketPath;
  return typeof path === "string" ? path : null;
}

function sentence(body: unknown): string | null {
  const detail = (body as { detail?: unknown } | null)?.detail;
  return typeof detail === "string" ? detail : null;
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, "");
}
