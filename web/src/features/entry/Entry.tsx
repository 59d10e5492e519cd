import { useEffect } from "react";
import type { SessionState } from "../../api/session";
import type { Route } from "../../model/route";
import { t } from "../../texts";
import { Mark } from "../../ui/Mark";
import { useClient } from "../hooks";
import { navigate } from "../router";
import styles from "./Entry.module.css";
import { Join } from "./Join";
import { SetUp } from "./SetUp";
import { SignIn } from "./SignIn";

/** Everything before the chat: set up, join, sign in. */
export function Entry({ session, route }: { session: SessionState; route: Route }) {
  const { config } = useClient();
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
          {route.name === "setup" ? (
            <SetUp token={route.token} />
          ) : route.name === "join" ? (
            <Join key={route.token} token={route.token} />
          ) : (
            <SignIn
              reason={session.name === "out" ? session.reason : null}
              last={session.name === "out" ? session.last : null}
            />
          )}
        </div>
      </div>
    </main>
  );
}
