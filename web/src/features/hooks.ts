/** How screens reach the model: the client by context, its stores by subscription. */
import { createContext, useContext, useSyncExternalStore } from "react";
import type { SessionState } from "../api/session";
import type { Client } from "../boot";
import type { State } from "../model/state";

export const ClientContext = createContext<Client | null>(null);

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error("no client around this component");
  return client;
}

/** @param select must answer the same object for the same state: a slice, a primitive, or a remembered selector. */
export function useChat<T>(select: (state: State) => T): T {
  const { store } = useClient().chat;
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

export function useSession(): SessionState {
  const { store } = useClient().session;
  return useSyncExternalStore(store.subscribe, store.get);
}
