import { type FormEvent, useRef, useState } from "react";
import type { SignedOutReason } from "../../model/connection";
import type { Failure, Person } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Field, FormError, PasswordField } from "../../ui/Field";
import { useClient } from "../hooks";
import { navigate, useRoute } from "../router";
import styles from "./Entry.module.css";
import { useFirstEmpty } from "./useFirstEmpty";

export function SignIn({ reason, last }: { reason: SignedOutReason | null; last: Person | null }) {
  const { session, config } = useClient();
  const route = useRoute();
  const [email, setEmail] = useState(last?.email ?? "");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useFirstEmpty(form);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!email.includes("@") || !password) return;
    setBusy(true);
    setFailure(null);
    const result = await session.signIn(email.trim(), password);
    setBusy(false);
    if (!result.ok) {
      setFailure(result.failure);
      return;
    }
    // A deep link opened while signed out is still in the address bar and opens now.
    if (route.name === "sign-in") navigate({ name: "home" }, { replace: true });
  }

  if (!config.identity.kinds.includes("local")) return <Head lead={t.entry.hostOnly} />;
  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      <Head lead={t.entry.signInLead} />
      {reason && (
        <p className={styles.note}>{reason === "elsewhere" ? t.entry.endedElsewhere : t.entry.ended}</p>
      )}
      {config.identity.setupRequired && <p className={styles.note}>{t.entry.setUpFirst}</p>}
      <Field
        label={t.entry.email}
        type="email"
        name="email"
        autoComplete="username"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={tried && !email.includes("@") ? t.entry.needEmail : null}
      />
      <PasswordField
        label={t.entry.password}
        show={t.entry.showPassword}
        hide={t.entry.hidePassword}
        name="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={tried && !password ? t.entry.needPassword : null}
      />
      {failure && <FormError>{t.failure(failure)}</FormError>}
      <Button look="primary" type="submit" wide busy={busy}>
        {t.entry.signIn}
      </Button>
      <p className={styles.foot}>{t.entry.invitedOnly}</p>
    </form>
  );
}

function Head({ lead }: { lead: string }) {
  return (
    <div className={styles.head}>
      <h1 className={styles.title}>{t.entry.signInTitle}</h1>
      <p className={styles.lead}>{lead}</p>
    </div>
  );
}
