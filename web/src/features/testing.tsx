/** For tests only: draws a component around a real Chat whose server is written by the test. */
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { createFileAddresses } from "../api/files";
import { LocalWay } from "../api/localWay";
import { Session } from "../api/session";
import type { Client } from "../boot";
import { Chat } from "../model/chat";
import type { Api, Upload } from "../model/ports";
import type { State } from "../model/state";
import { api, fakeClock, stateWith } from "../model/testing";
import { ClientContext } from "./hooks";

const limits = {
  messageLength: 10_000,
  messageBytes: 16_384,
  nameLength: 255,
  groupMembers: 101,
  fileBytes: 1_000,
  avatarBytes: 500,
  avatarTypes: ["image/png"],
  refusedEndings: [".exe"],
  passwordMinLength: 8,
  passwordMaxLength: 256,
};

export function fakeClient(state: Partial<State> = {}, calls: Partial<Api> = {}, upload?: Upload) {
  const clock = fakeClock();
  const refuse = async () => ({
    ok: false as const,
    failure: { code: "network", detail: "", status: 0, retryAfter: null },
  });
  const rest = { get: refuse, post: refuse, put: refuse, delete: refuse };
  const nothing = { read: () => null, write: () => {} };
  let ids = 0;
  const chat = new Chat({
    api: api(calls),
    upload: upload ?? (() => ({ answer: refuse(), cancel: () => {} })),
    clock,
    drafts: nothing,
    unsent: null,
    copies: null,
    newId: () => `id${++ids}`,
    connect: () => ({ typing: () => {}, alive: async () => true, auth: async () => true, close: () => {} }),
    diagnose: async () => ({ kind: "interrupted" }),
    token: () => "token",
    stale: () => false,
    renew: async () => null,
  });
  chat.store.update(() => stateWith(state));
  const server = "http://chat.test";
  const client: Client = {
    place: { server, api: `${server}/api/v1`, socketServer: server, socketPath: "/socket.io", page: server },
    config: {
      socketPath: "/socket.io",
      apiBase: "/api/v1",
      epoch: "e",
      version: "1",
      identity: { kinds: ["local"], setupRequired: false, host: null },
      limits,
    },
    host: null,
    session: new Session(rest, new LocalWay(rest, "surely", nothing, nothing)),
    chat,
    pictures: { change: () => ({ answer: refuse(), cancel: () => {} }) },
    files: createFileAddresses(rest, `${server}/api/v1`, clock.now),
    invitations: { create: refuse, list: refuse, revoke: refuse },
    open: rest,
    rest,
  };
  return { client, chat, clock };
}

let drawn: Root | null = null;

export async function draw(client: Client, element: ReactNode): Promise<HTMLElement> {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  // What the test before has drawn would go on listening.
  await act(async () => drawn?.unmount());
  const place = document.createElement("div");
  document.body.replaceChildren(place);
  const root = createRoot(place);
  drawn = root;
  await act(async () => root.render(<ClientContext value={client}>{element}</ClientContext>));
  return place;
}

/** Types as a person does: the value changes and an input event says so. */
export async function type(box: HTMLTextAreaElement | HTMLInputElement, text: string): Promise<void> {
  const prototype =
    box instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
  await act(async () => {
    Object.getOwnPropertyDescriptor(prototype, "value")?.set?.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

export async function press(
  target: Element,
  key: string,
  init: KeyboardEventInit = {},
): Promise<KeyboardEvent> {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
  await act(async () => void target.dispatchEvent(event));
  return event;
}

export function find<E extends Element>(place: ParentNode, selector: string): E {
  const found = place.querySelector<E>(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return found;
}
