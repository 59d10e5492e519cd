// A host that is really built with next-auth v4 (and, below /v5, with Auth.js v5), without the rest of a Next.js app.
// node server.mjs <port>; its secret is NEXTAUTH_SECRET. It ends when its standard input ends.
import { createServer } from "node:http";
import { makeLogins, V5_PATH } from "./logins.mjs";
import { makeToken } from "./tokens.mjs";

const port = Number(process.argv[2]);
const origin = `http://127.0.0.1:${port}`;
process.env.NEXTAUTH_URL = origin;
const secret = process.env.NEXTAUTH_SECRET;
const people = new Map();
// How single sign-on comes back: with a token in the address, or with nothing but the cookie.
let sso = "token";
const logins = makeLogins(people, secret, origin);

/** Gives Node's request and response what Next.js gives them. */
function likeNext(req, res, url, body) {
  const pairs = (req.headers.cookie ?? "").split("; ").filter(Boolean);
  req.cookies = Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))];
    }),
  );
  const isJson = req.headers["content-type"]?.startsWith("application/json");
  req.body = isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
  req.query = {
    ...Object.fromEntries(url.searchParams),
    nextauth: url.pathname.replace("/api/auth/", "").split("/"),
  };
  res.status = (code) => {
    res.statusCode = code;
    return res;
  };
  res.json = (value) => {
    res.setHeader("Content-Type", "application/json");
    res.end(JSON.stringify(value));
  };
  res.send = (value) => (typeof value === "object" && value !== null ? res.json(value) : res.end(value));
}

const redirect = (res, to) => res.writeHead(302, { Location: to }).end();

/** Where the chat sends a browser that nobody is signed in with. */
async function singleSignOn(req, res, url, secure) {
  const session = await logins.session(req, res, secure);
  if (!session) return redirect(res, `/api/auth/signin?${new URLSearchParams({ callbackUrl: origin + req.url })}`);
  const back = new URL(url.searchParams.get("callbackUrl"));
  if (sso === "token") {
    const { id, email, name, role } = session.user;
    const order = { maker: "jsonwebtoken", claims: { id, email, name, role }, secret, seconds: 3600 };
    back.searchParams.set("gcgc_token", await makeToken(order));
  }
  return redirect(res, back.href);
}

async function answerV5(req, res, body, secure) {
  const answer = await logins.v5(req.method, req.url, new Headers(req.headers), body, secure);
  res.statusCode = answer.status;
  for (const [name, value] of answer.headers) if (name !== "set-cookie") res.setHeader(name, value);
  res.setHeader("Set-Cookie", answer.headers.getSetCookie());
  res.end(await answer.text());
}

/** For tests: more people, another way back, a token of a library. */
async function control(req, res) {
  for (const person of req.body.people ?? []) people.set(person.email, person);
  sso = req.body.sso ?? sso;
  res.json({ token: req.body.token ? await makeToken(req.body.token) : null });
}

createServer(async (req, res) => {
  let body = "";
  for await (const chunk of req) body += chunk;
  const url = new URL(req.url, origin);
  // Behind TLS both libraries give their cookies other names and say Secure.
  const secure = req.headers["x-forwarded-proto"] === "https";
  try {
    likeNext(req, res, url, body);
    if (url.pathname === "/control") await control(req, res);
    else if (url.pathname.startsWith("/api/auth/")) await logins.v4(req, res, secure);
    else if (url.pathname.startsWith(V5_PATH)) await answerV5(req, res, body, secure);
    else if (url.pathname === "/api/v1/auth/sso") await singleSignOn(req, res, url, secure);
    else if (url.pathname === "/") res.json(await logins.session(req, res, secure));
    // Reading a session prolongs its cookie: not for a favicon that a browser asks for whenever it likes.
    else res.writeHead(204).end();
  } catch (error) {
    console.error(error);
    if (!res.headersSent) res.writeHead(500);
    res.end();
  }
}).listen(port, "127.0.0.1");

process.stdin.resume().on("end", () => process.exit(0));
