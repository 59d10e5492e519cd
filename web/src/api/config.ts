/**
 * Where the server is. Never baked in: the client asks `/config.json` beside itself (empty when the server serves it),
 * then the server's own `/api/v1/config`. What it found is kept, for a start without the server: it says nothing of anybody.
 */
import { type Diagnosis, diagnoseStart, type Place, type Sight } from "../model/diagnose";
import type { Keep } from "../model/ports";
import type { Config } from "./contract.gen";
import { type Host, hostOf } from "./host";
import { look } from "./look";

export interface Setup {
  place: Place;
  config: Config;
  /** Null where the server keeps accounts of its own. */
  host: Host | null;
}

export type Start =
  /** `away`: the server did not answer, the setup is an earlier one, and this finds out why. */
  | { ok: true; setup: Setup; away: (() => Promise<Diagnosis>) | null }
  | { ok: false; why: Diagnosis | { kind: "config_file"; said: string } };

const KEPT = "tms.setup";
/** With an earlier setup at hand nobody has to wait for a network that only looks like one. */
const PATIENCE_MS = 3_000;

interface Kept {
  file: ConfigFile;
  api: string;
  config: Config;
}

export async function loadSetup(page: string, keep: Keep): Promise<Start> {
  const kept = readKept(keep);
  const patience = kept ? PATIENCE_MS : undefined;
  const file = (await readConfigFile(patience)) ?? kept?.file ?? {};
  if (typeof file === "string") return { ok: false, why: { kind: "config_file", said: file } };
  const addresses = readAddresses(file, page);
  if (typeof addresses === "string") return { ok: false, why: { kind: "config_file", said: addresses } };
  const { server, api } = addresses;
  const sight = await look.read(`${api}/config`, patience);
  const config = asConfig(sight);
  if (config) {
    keep.write(KEPT, JSON.stringify({ file, api, config } satisfies Kept));
    return { ok: true, setup: setupOf(addresses, config, page), away: null };
  }
  const away = () => diagnoseStart(look, { server, api, page }, sight);
  if (hasAnswered(sight) || kept?.api !== api) return { ok: false, why: await away() };
  // Whether there is an account yet may have changed; without the server none can be made.
  const identity = { ...kept.config.identity, setupRequired: false };
  return { ok: true, setup: setupOf(addresses, { ...kept.config, identity }, page), away };
}

function setupOf(addresses: Addresses, config: Config, page: string): Setup {
  const { server, api } = addresses;
  const place: Place = {
    server,
    api,
    socketServer: addresses.socketServer ?? server,
    socketPath: addresses.socketPath ?? config.socketPath,
    page,
  };
  return { place, config, host: hostOf(config, addresses.host) };
}

function readKept(keep: Keep): Kept | null {
  try {
    const kept = JSON.parse(keep.read(KEPT) ?? "{}") as Partial<Kept>;
    return kept.file && kept.api && isConfig(kept.config) ? (kept as Kept) : null;
  } catch {
    return null;
  }
}

interface Addresses {
  server: string;
  api: string;
  socketServer: string | null;
  socketPath: string | null;
  /** The host as browsers see it, without a slash at the end. */
  host: string | null;
}

/** What the file may name. The host has two names; the first one wins. */
const NAMES = [
  "NEXT_PUBLIC_API_URL",
  "NEXT_PUBLIC_WS_URL",
  "NEXT_PUBLIC_USER_MANAGEMENT_API_URL",
  "NEXTAUTH_URL",
] as const;

/** A sentence when something in the file cannot be an address. */
export function readAddresses(file: Record<string, unknown>, page: string): Addresses | string {
  const urls: Partial<Record<(typeof NAMES)[number], URL>> = {};
  for (const name of NAMES) {
    const url = asUrl(file[name], page);
    if (url === "bad") return `${name} is not an address: ${String(file[name])}`;
    if (url) urls[name] = url;
  }
  const { NEXT_PUBLIC_API_URL: apiUrl, NEXT_PUBLIC_WS_URL: wsUrl } = urls;
  const host = urls.NEXT_PUBLIC_USER_MANAGEMENT_API_URL ?? urls.NEXTAUTH_URL;
  const server = apiUrl?.origin ?? wsUrl?.origin ?? page;
  const socketPath = wsUrl ? trimmed(wsUrl.pathname) : "";
  return {
    server,
    api: `${server}${apiUrl ? prefix(apiUrl) : ""}/api/v1`,
    socketServer: wsUrl?.origin ?? null,
    socketPath: socketPath || null,
    host: host ? host.origin + prefix(host) : null,
  };
}

/** An address is given with or without the API's path behind it; a prefix before that (a server below a path) is kept. */
function prefix(url: URL): string {
  return trimmed(url.pathname).replace(/\/api(\/v1|\/auth)?$/, "");
}

/** ws: and wss: mean http: and https:, whose origin is what a browser compares. */
function asUrl(value: unknown, page: string): URL | null | "bad" {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string") return "bad";
  try {
    const url = new URL(value.trim().replace(/^ws(s?):/i, "http$1:"), page);
    return url.protocol === "http:" || url.protocol === "https:" ? url : "bad";
  } catch {
    return "bad";
  }
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, "");
}

type ConfigFile = Record<string, unknown>;

/** `{}` when there is none; a sentence when there is one that cannot be read; null when nobody says whether there is one. */
async function readConfigFile(patienceMs: number | undefined): Promise<ConfigFile | string | null> {
  const sight = await look.read("/config.json", patienceMs);
  if (!hasAnswered(sight)) return null;
  // Static hosts answer unknown paths with a 404 or with the page itself; both mean that nothing is configured.
  if (sight.status !== 200) return {};
  const body = sight.body;
  if (typeof body === "string") return /^\s*</.test(body) ? {} : "/config.json is not valid JSON.";
  return body !== null && typeof body === "object" && !Array.isArray(body)
    ? (body as ConfigFile)
    : "/config.json is not a JSON object.";
}

/** Not when somebody in front of the server says that it is away. */
function hasAnswered(sight: Sight): sight is Extract<Sight, { kind: "answer" }> {
  return sight.kind === "answer" && sight.status < 500;
}

function asConfig(sight: Sight): Config | null {
  if (sight.kind !== "answer" || sight.status !== 200) return null;
  return isConfig(sight.body) ? sight.body : null;
}

function isConfig(body: unknown): body is Config {
  const config = body as Partial<Config> | null | undefined;
  return typeof config?.socketPath === "string" && Boolean(config.identity && config.limits);
}
