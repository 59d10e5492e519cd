import { useSyncExternalStore } from "react";
import { t } from "../../texts";
import { IconButton } from "../../ui/Button";
import { useClient } from "../hooks";
import styles from "./Files.module.css";

/** How far an upload is, and the way to stop it as long as there is something to stop. */
export function UploadBar({
  conversationId,
  clientId,
  name,
}: {
  conversationId: string;
  clientId: string;
  name: string;
}) {
  const { chat } = useClient();
  const { progress } = chat.uploads;
  const part = useSyncExternalStore(progress.subscribe, () => progress.get()[clientId]);
  const whole = part !== undefined && part >= 1;
  const said = part === undefined ? t.files.waiting : whole ? t.files.checking : t.files.percent(part);
  return (
    <div className={styles.upload} data-testid="upload">
      <progress
        className={styles.bar}
        aria-label={t.files.uploading(name)}
        max={1}
        value={whole ? undefined : (part ?? 0)}
      />
      <span className={styles.part}>{said}</span>
      {!whole && (
        <IconButton
          icon="close"
          label={t.files.cancelUpload(name)}
          className={styles.cancel}
          onClick={() => chat.discard(conversationId, clientId)}
        />
      )}
    </div>
  );
}
