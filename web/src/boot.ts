/** The composition root: finds the server, restores the session, and wires the model to the browser. */
import { arrival } from "./api/arrival";
import { loadSetup, type Setup, type Start } from "./api/config";
import type { Config } from "./api/contract.gen";
import { createCopies } from "./api/copies";
import { createApi, createInvitations, type Invitations } from "./api/endpoints";
import { createFileAddresses, type FileAddresses } from "./api/files";
import { type Host, signInAddress } from "./api/host";
import { HostWay } from "./api/hostWay";
import { createLazyConnect } from "./api/lazySocket";
import { LocalWay } from "./api/localWay";
import { look } from "./api/look";
import { createPictures, type Pictures } from "./api/pictures";
import { createRest, type Rest } from "./api/rest";
import { Session } from "./api/session";
import { drafts, local, tab } from "./api/storage";
import { createUnsent } from "./api/unsent";
import { createUpload } from "./api/upload";
import { cookieReaches, type Way } from "./api/way";
import { Chat } from "./model/chat";
import { diagnoseSocket, type Place } from "./model/diagnose";
import type { Clock } from "./model/ports";
import type { Failure } from "./model/types";

export interface Client {
  place: Place;
  config: Config;
  /** Null where the server keeps accounts of its own. */
  host: Host | null;
  session: Session;
  chat: Chat;
  files: FileAddresses;
  pictures: Pictures;
  invitations: Invitations;
  /** Calls without a token. */
  open: Rest;
  rest: Rest;
}

/** Looked away for longer than this, one may have signed out at the host meanwhile. */
const AWAY_MS = 60_000;

type Why = Extract<Start, { ok: false }>["why"];
export type Boot = { ok: true; client: Client } | { ok: false; why: Why };

const clock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

export async function boot(): Promise<Boot> {
  const page = window.location.origin;
  // On its way while the server is asked; a page without its database works as well.
  const vault = import("./api/vault").then(({ openVault }) => openVault()).catch(() => null);
  const start = await loadSetup(page, local);
  if (!start.ok) return start;
  const { away } = start;
  const { place, config, host } = start.setup;
  const open = createRest(place.api, null);
  const session = new Session(open, way(open, start.setup));
  const rest = createRest(place.api, session);
  const chat = new Chat({
    api: createApi(rest),
    upload: createUpload(place.api, session),
    clock,
    drafts,
    copies: createCopies(vault, clock.now),
    unsent: createUnsent({
      vault,
      locks: navigator.locks,
      channel: typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("tms.unsent"),
      tab: newId(),
      now: clock.now,
    }),
    newId,
    connect: createLazyConnect(place),
    diagnose: () => diagnoseSocket(look, place),
    token: () => session.token(),
    stale: () => session.stale(),
    renew: (early) => session.renewForSocket(early),
  });
  const failure = await session.restore(away === null);
  if (failure) return { ok: false, why: away ? await away() : notAsked(failure, place.server) };
  if (away && session.store.get().name === "out") {
    const why = await away();
    // Who is signed out finds what to do at the sign-in page, except where a person has to repair something first.
    if (why.kind !== "offline") return { ok: false, why };
  }
  const client: Client = {
    place,
    config,
    host,
    session,
    chat,
    files: createFileAddresses(rest, place.api, clock.now),
    pictures: createPictures(place.api, session),
    invitations: createInvitations(rest),
    open,
    rest,
  };
  join(client);
  return { ok: true, client };
}

function way(open: Rest, { place, host }: Setup): Way {
  const cookie = cookieReaches(place.server, place.page);
  if (!host) return new LocalWay(open, cookie, tab, local);
  const { location } = window;
  return new HostWay({
    open,
    host,
    cookie,
    arrival,
    tab,
    local,
    now: clock.now,
    here: () => location.pathname + location.search + location.hash,
    go: () => location.replace(signInAddress(host.signInUrl ?? "", place.page)),
  });
}

function notAsked({ status, retryAfter }: Failure, server: string): Why {
  return status === 429 ? { kind: "busy", server, retryAfter } : { kind: "broken", server, status };
}

/** Session and chat follow each other; the network and the tab wake the connection. */
function join({ session, chat, files, config, host }: Client): void {
  const follow = () => {
    const state = session.store.get();
    // Whoever is signed in has an account.
    if (state.name === "in") config.identity.setupRequired = false;
    if (state.name === "out") files.clear();
    if (state.name === "in") chat.begin(state.me, session.token() === null);
    else if (state.name === "out") state.reason === null ? chat.end() : chat.suspend(state.reason);
  };
  session.store.subscribe(follow);
  follow();
  chat.store.subscribe(() => {
    const { connection } = chat.store.get();
    // Without a reason it was us who signed out.
    if (connection.name === "signed_out" && connection.reason && session.store.get().name === "in") {
      session.leave(connection.reason);
    }
  });
  window.addEventListener("online", () => chat.wake());
  window.addEventListener("offline", () => chat.wake());
  window.addEventListener("pageshow", () => chat.wake());
  let hiddenAt: number | null = null;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") {
      hiddenAt = clock.now();
      return;
    }
    if (host && hiddenAt !== null && clock.now() - hiddenAt > AWAY_MS) chat.freshen();
    hiddenAt = null;
    chat.wake();
  });
}

/** A version 4 UUID. `crypto.randomUUID` exists on https and localhost only, and an office may run us on plain http. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
