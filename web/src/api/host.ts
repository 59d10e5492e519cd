/** The host: the product whose people use this chat. What it is called, and where a browser signs in there. */
import { CALLBACK } from "./arrival";
import type { Config } from "./contract.gen";

export interface Host {
  /** What people call it. */
  name: string;
  /** Its sign-in page. Null: only its tokens and cookies are known, so one signs in there by oneself. */
  signInUrl: string | null;
  /** Its accounts also work in our own form, by e-mail and password. */
  passwords: boolean;
}

/** Null where the server keeps accounts of its own. `base` is from config.json and wins over what the server says. */
export function hostOf({ identity }: Config, base: string | null): Host | null {
  if (!identity.kinds.includes("host")) return null;
  const { name, signInUrl, passwords } = identity.host ?? { name: "", signInUrl: null, passwords: false };
  return {
    name: name || "the host product",
    signInUrl: base === null ? webAddress(signInUrl) : `${base}/api/v1/auth/sso`,
    passwords,
  };
}

/** A script or a file is no page to send a browser to, whoever says so. */
function webAddress(url: string | null): string | null {
  return url && /^https?:\/\//i.test(url) ? url : null;
}

/** The host's sign-in page, which afterwards sends the browser to our callback page. */
export function signInAddress(signInUrl: string, page: string): string {
  const url = new URL(signInUrl);
  url.searchParams.set("callbackUrl", page + CALLBACK);
  return url.href;
}
