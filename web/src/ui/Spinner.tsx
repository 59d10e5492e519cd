import styles from "./Spinner.module.css";

/** Appears after a moment only: a quick answer shows no flicker. */
export function Spinner({ label }: { label: string }) {
  return (
    <span className={styles.spinner} role="status">
      <span className="hidden">{label}</span>
    </span>
  );
}
