import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import type { Host } from "../../api/host";
import type { Failure } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { FormError } from "../../ui/Field";
import { useClient } from "../hooks";
import { CredentialsForm } from "./CredentialsForm";
import styles from "./Entry.module.css";
import type { Out } from "./SignIn";

/**
 * Signing in happens at the host. From here the page leaves only by a click: somebody may be typing, and a host that does
 * not let them in would send them round in a circle.
 */
export function HostSignIn({ host, out, children }: { host: Host; out: Out; children: ReactNode }) {
  const { session } = useClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const { throughHost } = session;
  const unavailable = out.reason === "host_unavailable";
  const form = host.passwords && !unavailable;
  const byButton = throughHost !== null && !unavailable;
  const words = describe(host, out, throughHost !== null, form);

  const again = useCallback(async () => {
    setBusy(true);
    setFailure(await session.tryAgain());
    setBusy(false);
  }, [session]);

  // Back from the host's page in another tab or window.
  const waits = throughHost === null && !form && out.reason !== null;
  useEffect(() => {
    if (!waits) return;
    window.addEventListener("focus", again);
    return () => window.removeEventListener("focus", again);
  }, [waits, again]);

  // What happened is read aloud. Never the button: whoever was typing would press it without knowing.
  useEffect(() => {
    if (document.activeElement === document.body) title.current?.focus();
  }, []);

  return (
    <>
      <div className={styles.head}>
        <h1 ref={title} className={styles.title} tabIndex={-1}>
          {words.title}
        </h1>
        <p className={styles.lead}>{words.lead}</p>
      </div>
      {children}
      {failure?.status === 401 && <FormError>{t.entry.host.stillNone}</FormError>}
      {failure && failure.status !== 401 && failure !== out.failure && (
        <FormError>{t.failure(failure)}</FormError>
      )}
      {byButton && (
        <Button
          look="primary"
          wide
          busy={busy}
          data-testid="sign-in-with-host"
          onClick={() => {
            setBusy(true);
            throughHost();
          }}
        >
          {t.entry.host.signIn(host.name)}
        </Button>
      )}
      {!byButton && !form && (
        <Button look="primary" wide busy={busy} onClick={again}>
          {t.tryAgain}
        </Button>
      )}
      {byButton && form && <p className={styles.or}>{t.entry.host.or}</p>}
      {form && <CredentialsForm email={out.last?.email ?? ""} second={byButton} />}
    </>
  );
}

function describe(host: Host, { reason, failure }: Out, canGo: boolean, form: boolean) {
  const { name } = host;
  const words = t.entry.host;
  // What to do about it, where that does not say itself.
  const way = canGo || form ? words.ended(name) : words.noSession(name);
  switch (reason) {
    case null:
      return {
        title: words.signedOutTitle,
        lead: canGo || !form ? words.signedOut(name) : words.lead(name),
      };
    case "no_session":
      return { title: t.entry.signInTitle, lead: form ? words.lead(name) : words.noSession(name) };
    case "deactivated":
      return { title: t.entry.deactivatedTitle, lead: t.entry.deactivated };
    case "host_unavailable":
      return { title: words.unavailableTitle(name), lead: words.unavailable(name) };
    case "host_refused":
      return { title: words.refusedTitle(name), lead: refusal(failure) };
    case "elsewhere":
      return { title: words.endedTitle, lead: t.entry.endedElsewhere };
    default:
      return { title: words.endedTitle, lead: way };
  }
}

function refusal(failure: Failure | null): string {
  const code = failure?.code ?? "";
  return failure?.detail || (t.entry.host.refusals[code] ?? t.entry.host.refused(code));
}
