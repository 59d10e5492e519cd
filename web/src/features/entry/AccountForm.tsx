import { type FormEvent, useRef, useState } from "react";
import type { Result } from "../../model/ports";
import type { Failure, Person } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Field, FormError, PasswordField } from "../../ui/Field";
import { useClient } from "../hooks";
import { navigate } from "../router";
import styles from "./Entry.module.css";
import { useFirstEmpty } from "./useFirstEmpty";

interface Props {
  title: string;
  lead: string;
  submitLabel: string;
  create(account: { name: string; email: string; password: string }): Promise<Result<Person>>;
}

/** Name, e-mail and password of a new account; used for the first one and for invited ones. */
export function AccountForm({ title, lead, submitLabel, create }: Props) {
  const { passwordMinLength: least, passwordMaxLength: most } = useClient().config.limits;
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useFirstEmpty(form);

  const errors = {
    name: name.trim() ? null : t.entry.needName,
    email: /^\S+@\S+$/.test(email.trim()) ? null : t.entry.needEmail,
    password: passwordError(password, least, most),
  };

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (errors.name || errors.email || errors.password) return;
    setBusy(true);
    setFailure(null);
    const result = await create({ name: name.trim(), email: email.trim(), password });
    setBusy(false);
    if (result.ok) navigate({ name: "home" }, { replace: true });
    else setFailure(result.failure);
  }

  return (
    <form ref={form} className={styles.form} onSubmit={submit} noValidate>
      <div className={styles.head}>
        <h1 className={styles.title}>{title}</h1>
        <p className={styles.lead}>{lead}</p>
      </div>
      <Field
        label={t.entry.name}
        name="name"
        autoComplete="name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={tried ? errors.name : null}
      />
      <Field
        label={t.entry.email}
        type="email"
        name="email"
        autoComplete="username"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={tried ? errors.email : null}
      />
      <PasswordField
        label={t.entry.password}
        show={t.entry.showPassword}
        hide={t.entry.hidePassword}
        name="password"
        autoComplete="new-password"
        hint={t.entry.passwordHint(least)}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={tried ? errors.password : null}
      />
      {failure && <FormError>{t.failure(failure)}</FormError>}
      <Button look="primary" type="submit" wide busy={busy}>
        {submitLabel}
      </Button>
    </form>
  );
}

export function passwordError(password: string, least: number, most: number): string | null {
  const length = [...password].length;
  if (length < least) return t.entry.shortPassword(least);
  return length > most ? t.entry.longPassword(most) : null;
}
