import { lazy, Suspense, useEffect } from "react";
import type { SessionState } from "../../api/session";
import type { Route } from "../../model/route";
import { t } from "../../texts";
import { Mark } from "../../ui/Mark";
import { Spinner } from "../../ui/Spinner";
import { part } from "../app/outdated";
import { useClient } from "../hooks";
import { navigate } from "../router";
import styles from "./Entry.module.css";
import { SignIn } from "./SignIn";

// Used once by everybody; signing in is not, and a draft may wait there.
const SetUp = lazy(part(async () => ({ default: (await import("./SetUp")).SetUp })));
const Join = lazy(part(async () => ({ default: (await import("./Join")).Join })));

/** Everything before the chat: set up, join, sign in. */
export function Entry({ session, route: asked }: { session: SessionState; route: Route }) {
  const { config, host } = useClient();
  // Accounts are made at the host: an old link to one of ours leads to signing in there.
  const route: Route = host ? { name: "sign-in" } : asked;
  const signedIn = session.name === "in";
  // Somebody who is signed in and follows an old set-up link belongs in the chat.
  const settled = signedIn && route.name === "setup" && !config.identity.setupRequired;
  useEffect(() => {
    if (settled) navigate({ name: "home" }, { replace: true });
  }, [settled]);
  return (
    <main className={styles.page}>
      <div className={styles.column}>
        <p className={styles.brand}>
          <Mark size={28} /> {t.product}
        </p>
        <div className={styles.card}>
          <Suspense fallback={<Spinner label={t.loading} />}>
            {route.name === "setup" ? (
              <SetUp token={route.token} />
            ) : route.name === "join" ? (
              <Join key={route.token} token={route.token} />
            ) : (
              session.name === "out" && <SignIn out={session} />
            )}
          </Suspense>
        </div>
      </div>
    </main>
  );
}
