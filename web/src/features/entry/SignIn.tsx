import type { SessionState } from "../../api/session";
import { t } from "../../texts";
import { useClient } from "../hooks";
import { CredentialsForm } from "./CredentialsForm";
import styles from "./Entry.module.css";
import { HostSignIn } from "./HostSignIn";
import { KeptDraft } from "./KeptDraft";

export type Out = Extract<SessionState, { name: "out" }>;

/** For everybody who is not signed in, or no longer: what happened, the way in, and the draft that waits for it. */
export function SignIn({ out }: { out: Out }) {
  const { host } = useClient();
  return (
    <div className={styles.form} data-testid="sign-in" data-reason={out.reason ?? ""}>
      {host ? (
        <HostSignIn host={host} out={out}>
          {out.last && <KeptDraft />}
        </HostSignIn>
      ) : (
        <LocalSignIn out={out} />
      )}
    </div>
  );
}

function LocalSignIn({ out: { reason, last, failure } }: { out: Out }) {
  const { config } = useClient();
  return (
    <>
      <div className={styles.head}>
        <h1 className={styles.title}>{t.entry.signInTitle}</h1>
        <p className={styles.lead}>{t.entry.signInLead}</p>
      </div>
      {reason && (
        <p className={styles.note}>
          {reason === "elsewhere"
            ? t.entry.endedElsewhere
            : reason === "deactivated"
              ? failure?.detail || t.entry.deactivatedTitle
              : t.entry.ended}
        </p>
      )}
      {last && <KeptDraft />}
      {config.identity.setupRequired && <p className={styles.note}>{t.entry.setUpFirst}</p>}
      <CredentialsForm email={last?.email ?? ""} />
      <p className={styles.foot}>{t.entry.invitedOnly}</p>
    </>
  );
}
