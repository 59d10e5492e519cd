// Tokens made by the real libraries, as their users' hosts make them.
import { encode as encodeV5 } from "@auth/core/jwt";
import jsonwebtoken from "jsonwebtoken";
import { encode as encodeV4 } from "next-auth/jwt";

// `cookie` is the name of the session cookie: v5 derives its key from it, v4 does not.
const MAKERS = {
  "next-auth": ({ claims, secret, seconds }) => encodeV4({ token: claims, secret, maxAge: seconds }),
  "@auth/core": ({ claims, secret, seconds, cookie }) =>
    encodeV5({ token: claims, secret, maxAge: seconds, salt: cookie }),
  jsonwebtoken: ({ claims, secret, seconds }) => jsonwebtoken.sign(claims, secret, { expiresIn: seconds }),
};

/** A token of the library `maker` that expires in so many seconds. */
export async function makeToken({ maker, ...order }) {
  return await MAKERS[maker](order);
}
