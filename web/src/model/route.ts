/** Which screen an address means. */
export type Route =
  | { name: "home" }
  /** `message`: its number or its id, to begin there. */
  | { name: "conversation"; id: string; message?: number | string }
  | { name: "sign-in" }
  | { name: "setup"; token: string }
  | { name: "join"; token: string };

/** @param hash with or without the leading `#`; set-up and invitation tokens travel there, out of every server log. */
export function parseRoute(pathname: string, hash: string): Route {
  const [first, second, ...rest] = pathname.split("/").filter(Boolean);
  const token = hash.replace(/^#/, "");
  if (first === "c" && second && rest.length === 0) return { name: "conversation", id: decode(second) };
  if (first === "c" && second && rest.length === 2 && rest[0] === "m")
    return { name: "conversation", id: decode(second), message: messageOf(decode(rest[1] ?? "")) };
  if (first === "sign-in" && !second) return { name: "sign-in" };
  if (first === "setup" && !second) return { name: "setup", token };
  if (first === "join" && !second) return { name: "join", token };
  return { name: "home" };
}

export function pathOf(route: Route): string {
  switch (route.name) {
    case "home":
      return "/";
    case "conversation": {
      const path = `/c/${encodeURIComponent(route.id)}`;
      return route.message === undefined ? path : `${path}/m/${encodeURIComponent(route.message)}`;
    }
    case "sign-in":
      return "/sign-in";
    case "setup":
    case "join":
      return `/${route.name}${route.token ? `#${route.token}` : ""}`;
  }
}

function messageOf(part: string): number | string {
  return /^[1-9]\d{0,14}$/.test(part) ? Number(part) : part;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
