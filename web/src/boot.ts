/** The composition root: finds the server, restores the session, and wires the model to the browser. */
import { loadSetup, type Start } from "./api/config";
import type { Config } from "./api/contract.gen";
import { createApi, createInvitations, type Invitations } from "./api/endpoints";
import { look } from "./api/look";
import { createRest, type Rest } from "./api/rest";
import { cookieReaches, Session } from "./api/session";
import { createConnect } from "./api/socket";
import { drafts, unsent } from "./api/storage";
import { Chat } from "./model/chat";
import { diagnoseSocket, type Place } from "./model/diagnose";
import type { Clock } from "./model/ports";

export interface Client {
  place: Place;
  config: Config;
  session: Session;
  chat: Chat;
  invitations: Invitations;
  /** Calls without a token. */
  open: Rest;
  rest: Rest;
}

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
  const start = await loadSetup(page);
  if (!start.ok) return start;
  const { place, config } = start.setup;
  const open = createRest(place.api, null);
  const session = new Session(open, cookieReaches(place.server, page));
  const rest = createRest(place.api, session);
  const api = createApi(rest);
  const chat = new Chat({
    api,
    clock,
    drafts,
    unsent,
    newId,
    connect: createConnect(place),
    diagnose: () => diagnoseSocket(look, place),
    token: () => session.token(),
    renew: () => session.renewForSocket(),
  });
  const failure = await session.restore();
  if (failure) return { ok: false, why: { kind: "broken", server: place.server, status: failure.status } };
  if (session.needsOwner()) {
    const me = await api.me();
    if (me.ok) session.own(me.value);
    else session.leave(me.failure.status === 401 ? "token_expired" : null);
  }
  const client: Client = { place, config, session, chat, invitations: createInvitations(rest), open, rest };
  join(client);
  return { ok: true, client };
}

/** Session and chat follow each other; the network and the tab wake the connection. */
function join({ session, chat, config }: Client): void {
  const follow = () => {
    const state = session.store.get();
    // Whoever is signed in has an account.
    if (state.name === "in") config.identity.setupRequired = false;
    if (state.name === "in") chat.begin(state.me);
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
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && chat.wake());
}

/** A version 4 UUID. `crypto.randomUUID` exists on https and localhost only, and an office may run us on plain http. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
