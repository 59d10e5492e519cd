import { useState } from "react";
import type { Preferences } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Toggle } from "../../ui/Toggle";
import type { Save } from "./NotificationSettings";
import styles from "./NotificationSettings.module.css";

/**
 * The browser asks only after a click on a button that says so: a question nobody expected is answered with "never", and
 * cannot be asked again.
 */
export function BrowserPermission({ preferences, save }: { preferences: Preferences; save: Save }) {
  const supported = "Notification" in window && window.isSecureContext;
  const [permission, setPermission] = useState(() => (supported ? Notification.permission : "denied"));
  async function ask() {
    const answer = await Notification.requestPermission();
    setPermission(answer);
    if (answer === "granted") await save({ browser: true });
  }
  return (
    <div className={styles.part}>
      <Toggle
        label={t.notify.browser}
        hint={t.notify.browserHint}
        checked={preferences.browser}
        onChange={(on) => save({ browser: on })}
      />
      {preferences.browser && permission === "default" && (
        <div className={styles.ask}>
          <p className={styles.note}>{t.notify.askHint}</p>
          <Button icon="bell" onClick={ask}>
            {t.notify.ask}
          </Button>
        </div>
      )}
      {preferences.browser && permission === "denied" && (
        <p className={styles.note} role="status">
          {supported ? t.notify.denied : t.notify.unsupported}
        </p>
      )}
    </div>
  );
}
