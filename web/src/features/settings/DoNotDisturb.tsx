import type { Preferences } from "../../model/types";
import { t } from "../../texts";
import { Field } from "../../ui/Field";
import { Toggle } from "../../ui/Toggle";
import type { Save } from "./NotificationSettings";
import styles from "./NotificationSettings.module.css";

const EVENING = "22:00";
const MORNING = "07:00";

/** The hours are those of the place one is at: each change tells the server the browser's time zone as well. */
export function DoNotDisturb({ preferences, save }: { preferences: Preferences; save: Save }) {
  const { dnd, dndStart, dndEnd } = preferences;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // Only what changes: what is shown of the rest may be older than what was chosen a moment ago.
  const change = (part: Partial<Preferences>) =>
    save({
      ...(dndStart === null && { dndStart: EVENING }),
      ...(dndEnd === null && { dndEnd: MORNING }),
      timezone: here,
      ...part,
    });
  return (
    <div className={styles.part}>
      <Toggle label={t.notify.dnd} checked={dnd} onChange={(on) => change({ dnd: on })} />
      {dnd && (
        <>
          <div className={styles.times}>
            <Field
              label={t.notify.dndFrom}
              type="time"
              value={dndStart ?? EVENING}
              onChange={(event) => event.target.value && change({ dndStart: event.target.value })}
            />
            <Field
              label={t.notify.dndTo}
              type="time"
              value={dndEnd ?? MORNING}
              onChange={(event) => event.target.value && change({ dndEnd: event.target.value })}
            />
          </div>
          <p className={styles.note}>{t.notify.dndHint(preferences.timezone)}</p>
        </>
      )}
    </div>
  );
}
