/** Which screen an address means. */
export type Route =
  | { name: "home" }
  | { name: "conversation"; id: string }
  | { name: "sign-in" }
  | { name: "setup"; token: string }
  | { name: "join"; token: string };

/** @param hash with or without the leading `#`; set-up and invitation tokens travel there, out of every server log. */
export function parseRoute(pathname: string, hash: string): Route {
  const [first, second, ...rest] = pathname.split("/").filter(Boolean);
  const token = hash.replace(/^#/, "");
  if (first === "c" && second && rest.length === 0) return { name: "conversation", id: decode(second) };
  if (first === "sign-in" && !second) return { name: "sign-in" };
  if (first === "setup" && !second) return { name: "setup", token };
  if (first === "join" && !second) return { name: "join", token };
  return { name: "home" };
}

export function pathOf(route: Route): string {
  switch (route.name) {
    case "home":
      return "/";
    case "conversation":
      return `/c/${encodeURIComponent(route.id)}`;
    case "sign-in":
      return "/sign-in";
    case "setup":
    case "join":
      return `/${route.name}${route.token ? `#${route.token}` : ""}`;
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
