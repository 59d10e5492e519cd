import { useCallback, useEffect, useState } from "react";
import { type Boot, boot } from "../../boot";
import { t } from "../../texts";
import { Spinner } from "../../ui/Spinner";
import { Entry } from "../entry/Entry";
import { ClientContext, useClient, useSession } from "../hooks";
import { navigate, useRoute } from "../router";
import { FatalError } from "../status/FatalError";
import styles from "./App.module.css";
import { Shell } from "./Shell";

const LOOK_AGAIN_MS = 5_000;

/** One start for the page; React may mount the component twice in development. */
let starting: Promise<Boot> | null = null;

export function App() {
  const [state, setState] = useState<Boot | null>(null);
  const start = useCallback(async () => {
    starting ??= boot();
    const result = await starting;
    if (!result.ok) starting = null;
    setState(result);
  }, []);
  useEffect(() => void start(), [start]);
  const failed = state !== null && !state.ok;
  useEffect(() => {
    if (!failed) return;
    const timer = setInterval(start, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [failed, start]);

  if (state === null) return <Loading />;
  if (!state.ok) return <FatalError why={state.why} onRetry={start} />;
  return (
    <ClientContext value={state.client}>
      <Inside />
    </ClientContext>
  );
}

function Inside() {
  const { host } = useClient();
  const session = useSession();
  const route = useRoute();
  const joining = route.name === "setup" || route.name === "join";
  // Signed in, there is nothing to see at the address of a form.
  const done = session.name === "in" && (route.name === "sign-in" || (joining && host !== null));
  useEffect(() => {
    if (done) navigate({ name: "home" }, { replace: true });
  }, [done]);
  if (session.name === "unknown") return <Loading />;
  if (session.name === "in" && (!joining || host)) return <Shell />;
  // Not a part that is loaded when it is needed: somebody may be typing, and what they type goes on in its draft.
  return <Entry session={session} route={route} />;
}

function Loading() {
  return (
    <div className={styles.loading}>
      <Spinner label={t.loading} />
    </div>
  );
}
