import { useId } from "react";
import styles from "./Toggle.module.css";

interface Props {
  label: string;
  hint?: string;
  checked: boolean;
  onChange: (on: boolean) => void;
}

/** On or off, at once. A checkbox that looks like a switch and is read as one. */
export function Toggle({ label, hint, checked, onChange }: Props) {
  const id = useId();
  return (
    <div>
      <label className={styles.toggle}>
        <span className={styles.label}>{label}</span>
        <input
          type="checkbox"
          role="switch"
          aria-checked={checked}
          className={styles.input}
          checked={checked}
          aria-describedby={hint ? id : undefined}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span className={styles.track} aria-hidden="true" />
      </label>
      {hint && (
        <p id={id} className={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}
