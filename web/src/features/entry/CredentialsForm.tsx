import { type FormEvent, useRef, useState } from "react";
import type { Failure } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Field, FormError, PasswordField } from "../../ui/Field";
import { useClient } from "../hooks";
import styles from "./Entry.module.css";
import { useFirstEmpty } from "./useFirstEmpty";

interface Props {
  email: string;
  /** There is another, better way on the page. */
  second?: boolean;
}

/** E-mail address and password: of an account of this server, or of the host. */
export function CredentialsForm({ email: known, second = false }: Props) {
  const { session } = useClient();
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useFirstEmpty(form, !second);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!email.includes("@") || !password) return;
    setBusy(true);
    setFailure(null);
    // A deep link opened while signed out is still in the address bar and opens now.
    const result = await session.signIn(email.trim(), password);
    setBusy(false);
    if (!result.ok) setFailure(result.failure);
  }

  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
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
      <Button look={second ? "plain" : "primary"} type="submit" wide busy={busy}>
        {t.entry.signIn}
      </Button>
    </form>
  );
}
