import { type FormEvent, useState } from "react";
import type { Failure } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { FormError, PasswordField } from "../../ui/Field";
import { passwordError } from "../entry/AccountForm";
import { useChat, useClient } from "../hooks";
import styles from "./SettingsDialog.module.css";

export function PasswordForm() {
  const { session, rest, config } = useClient();
  const email = useChat((state) => state.me?.email ?? "");
  const { passwordMinLength: least, passwordMaxLength: most } = config.limits;
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [changed, setChanged] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const wrong = passwordError(next, least, most);

  async function change(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    setChanged(false);
    if (!current || wrong) return;
    setBusy(true);
    const problem = await session.changePassword(rest, current, next);
    setBusy(false);
    setFailure(problem);
    if (problem) return;
    setCurrent("");
    setNext("");
    setTried(false);
    setChanged(true);
  }

  return (
    <form className={styles.password} onSubmit={change} noValidate>
      <h3 className={styles.heading}>{t.settings.changePassword}</h3>
      {/* Tells password managers whose password this is. */}
      <input
        className="hidden"
        type="email"
        autoComplete="username"
        value={email}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <PasswordField
        label={t.settings.current}
        show={t.entry.showPassword}
        hide={t.entry.hidePassword}
        autoComplete="current-password"
        value={current}
        onChange={(event) => setCurrent(event.target.value)}
        error={tried && !current ? t.entry.needPassword : null}
      />
      <PasswordField
        label={t.settings.next}
        show={t.entry.showPassword}
        hide={t.entry.hidePassword}
        autoComplete="new-password"
        hint={t.entry.passwordHint(least)}
        value={next}
        onChange={(event) => setNext(event.target.value)}
        error={tried ? wrong : null}
      />
      {failure && <FormError>{t.failure(failure)}</FormError>}
      <p role="status" className={changed ? styles.changed : "hidden"}>
        {changed ? t.settings.changed : ""}
      </p>
      <Button type="submit" busy={busy}>
        {t.settings.changePassword}
      </Button>
    </form>
  );
}
