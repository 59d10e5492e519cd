// The login of one and the same host, built with next-auth v4 and with Auth.js v5; both keep the session in a cookie.
import { Auth } from "@auth/core";
import CredentialsV5 from "@auth/core/providers/credentials";
import NextAuthModule from "next-auth";
import CredentialsV4Module from "next-auth/providers/credentials";

// Both are CommonJS, which Node hands over as one object.
const NextAuth = NextAuthModule.default;
const { getServerSession } = NextAuthModule;
const CredentialsV4 = CredentialsV4Module.default;
const quiet = { error() {}, warn() {}, debug() {} };
export const V5_PATH = "/v5/auth";

/** `people`: e-mail → {id, email, name, role, image?, password, bulk?}; `bulk` characters make the cookie that long. */
export function makeLogins(people, secret, origin) {
  const provider = {
    name: "Account",
    credentials: { email: { label: "E-mail", type: "email" }, password: { label: "Password", type: "password" } },
    async authorize(given) {
      const person = people.get(given?.email);
      return person && person.password === given.password ? person : null;
    },
  };
  const callbacks = {
    jwt({ token, user }) {
      return user ? { ...token, id: user.id, role: user.role, bulk: "x".repeat(user.bulk ?? 0) } : token;
    },
    session({ session, token }) {
      return { ...session, user: { ...session.user, id: token.id, role: token.role } };
    },
  };
  const common = (secure) => ({ secret, callbacks, logger: quiet, useSecureCookies: secure });
  const v4 = (secure) => ({
    ...common(secure),
    providers: [CredentialsV4(provider)],
    session: { strategy: "jwt" },
  });
  return {
    /** Answers below /api/auth; `req` and `res` are as Next.js hands them over. */
    v4: (req, res, secure) => NextAuth(req, res, v4(secure)),
    /** Whose session the cookie of v4 is, or null. */
    session: (req, res, secure) => getServerSession(req, res, v4(secure)),
    /** Answers below V5_PATH: from the Request of the web's standard to its Response. */
    v5: (method, url, headers, body, secure) =>
      Auth(new Request(new URL(url, origin), { method, headers, body: body || undefined }), {
        ...common(secure),
        basePath: V5_PATH,
        trustHost: true,
        providers: [CredentialsV5(provider)],
        session: { strategy: "jwt" },
      }),
  };
}
