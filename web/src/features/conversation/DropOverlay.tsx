import { t } from "../../texts";
import { Icon } from "../../ui/Icon";
import styles from "./DropOverlay.module.css";

/** Over the whole conversation while files are held above it. */
export function DropOverlay({ name }: { name: string }) {
  return (
    <div className={styles.overlay} data-testid="drop-overlay">
      <div className={styles.card}>
        <Icon name="attach" size={28} />
        <p className={styles.title} dir="auto">
          {t.files.drop(name)}
        </p>
        <p className={styles.hint}>{t.files.dropHint}</p>
      </div>
    </div>
  );
}
