import { useEffect, useState } from "react";
import type { Failure, Preferences } from "../../model/types";
import { t } from "../../texts";
import { FormError } from "../../ui/Field";
import { Spinner } from "../../ui/Spinner";
import { Toggle } from "../../ui/Toggle";
import { useChat, useClient } from "../hooks";
import { BrowserPermission } from "./BrowserPermission";
import { DoNotDisturb } from "./DoNotDisturb";
import styles from "./NotificationSettings.module.css";
import { SoundSettings } from "./SoundSettings";

const KINDS = ["messages", "mentions", "reactions", "memberActivity"] as const;

export type Save = (change: Partial<Preferences>) => Promise<void>;

/** What one is told of, and how. Each change is kept at once, for all devices. */
export function NotificationSettings() {
  const { chat } = useClient();
  const preferences = useChat((state) => state.preferences);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    if (!preferences) void chat.own.load().then(() => setMissing(!chat.store.get().preferences));
  }, [chat, preferences]);
  const save: Save = async (change) => setFailure(await chat.own.changePreferences(change));

  return (
    <section className={styles.section} aria-label={t.notify.title}>
      <h3 className={styles.heading}>{t.notify.title}</h3>
      {!preferences && (missing ? <FormError>{t.notify.failed}</FormError> : <Spinner label={t.loading} />)}
      {preferences && (
        <>
          <fieldset className={styles.group}>
            <legend className={styles.legend}>{t.notify.about}</legend>
            {KINDS.map((kind) => (
              <Toggle
                key={kind}
                label={t.notify[kind]}
                checked={preferences[kind]}
                onChange={(on) => save({ [kind]: on })}
              />
            ))}
          </fieldset>
          <fieldset className={styles.group}>
            <legend className={styles.legend}>{t.notify.how}</legend>
            <BrowserPermission preferences={preferences} save={save} />
            <SoundSettings preferences={preferences} save={save} />
          </fieldset>
          <DoNotDisturb preferences={preferences} save={save} />
        </>
      )}
      {failure && <FormError>{t.failure(failure)}</FormError>}
    </section>
  );
}
