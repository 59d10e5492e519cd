import { useEffect, useId, useState } from "react";
import type { Preferences } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Toggle } from "../../ui/Toggle";
import { chime } from "../notify/chime";
import type { Save } from "./NotificationSettings";
import styles from "./NotificationSettings.module.css";

/** Kept when the slider rests. */
const REST_MS = 400;

export function SoundSettings({ preferences, save }: { preferences: Preferences; save: Save }) {
  const id = useId();
  const [volume, setVolume] = useState(preferences.volume);
  useEffect(() => setVolume(preferences.volume), [preferences.volume]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is kept already is not kept again.
  useEffect(() => {
    if (volume === preferences.volume) return;
    const timer = setTimeout(() => void save({ volume }), REST_MS);
    return () => clearTimeout(timer);
  }, [volume]);
  return (
    <div className={styles.part}>
      <Toggle label={t.notify.sound} checked={preferences.sound} onChange={(on) => save({ sound: on })} />
      {preferences.sound && (
        <div className={styles.volume}>
          <label htmlFor={id}>{t.notify.volume}</label>
          <input
            id={id}
            type="range"
            min={0}
            max={100}
            step={5}
            value={volume}
            onChange={(event) => setVolume(Number(event.target.value))}
          />
          <Button look="quiet" onClick={() => void chime(volume)}>
            {t.notify.tryIt}
          </Button>
        </div>
      )}
    </div>
  );
}
