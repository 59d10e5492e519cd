/** The address bar as a store. */
import { useSyncExternalStore } from "react";
// Before this file reads the address, a callback from the host has left it.
import "../api/arrival";
import { parseRoute, pathOf, type Route } from "../model/route";
import { createStore } from "../model/store";

const here = () => parseRoute(window.location.pathname, window.location.hash);
const store = createStore<Route>(here());
const follow = () => store.update(here);
window.addEventListener("popstate", follow);
window.addEventListener("hashchange", follow);

export function navigate(route: Route, { replace = false } = {}): void {
  const path = pathOf(route);
  if (path === window.location.pathname + window.location.hash) return;
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  follow();
}

export function useRoute(): Route {
  return useSyncExternalStore(store.subscribe, store.get);
}

export function openConversation(id: string): void {
  navigate({ name: "conversation", id });
}
