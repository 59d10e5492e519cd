import { useEffect, useState } from "react";
import type { ConnectionState } from "../../model/connection";
import { bannerDue } from "../../model/select";
import { explain, t } from "../../texts";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { time } from "../format";
import { useChat, useClient } from "../hooks";
import styles from "./ConnectionBanner.module.css";

/** Says that the live connection is away, since when, why, and when it is tried again. A drop of less than two seconds says nothing. */
export function ConnectionBanner() {
  const connection = useChat((state) => state.connection);
  const { chat } = useClient();
  const due = useDue(connection);
  const seconds = useSeconds(due && "retryAt" in connection ? connection.retryAt : null);
  const away =
    connection.name === "waiting" || connection.name === "refused" || connection.name === "connecting";
  if (!due || !away) return null;
  const why = connection.why;
  const fixable = connection.name === "refused";
  return (
    <div className={styles.banner} role="status" data-testid="connection-banner" data-state={connection.name}>
      <Icon name="offline" size={18} />
      <p className={styles.text}>
        <strong>{why && why.kind !== "interrupted" ? explain(why) : t.connection.lost}</strong>{" "}
        <span>{t.connection.since(time(new Date(connection.lostAt).toISOString()))}</span>{" "}
        {!fixable && <span>{t.connection.queue}</span>}{" "}
        {/* The countdown is for the eye; read aloud every second it would be a nuisance. */}
        <span className={styles.count} aria-hidden="true">
          {connection.name === "connecting" ? t.connection.connecting : t.connection.retryIn(seconds)}
        </span>
      </p>
      <Button onClick={() => chat.wake()} disabled={connection.name === "connecting"}>
        {t.connection.retryNow}
      </Button>
    </div>
  );
}

function useDue(connection: ConnectionState): boolean {
  const [, redraw] = useState(0);
  const wait = bannerDue(connection, Date.now());
  useEffect(() => {
    if (wait === null || wait === 0) return;
    const timer = setTimeout(() => redraw((n) => n + 1), wait);
    return () => clearTimeout(timer);
  }, [wait]);
  return wait === 0;
}

/** Whole seconds until `at`, kept up to date. */
function useSeconds(at: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (at === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [at]);
  return at === null ? 0 : Math.max(0, Math.ceil((at - now) / 1_000));
}
