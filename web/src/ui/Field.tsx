import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  useId,
  useState,
} from "react";
import { IconButton } from "./Button";
import styles from "./Field.module.css";
import { Icon } from "./Icon";

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string | undefined;
  error?: string | null | undefined;
  ref?: Ref<HTMLInputElement>;
}

/** A labelled input whose hint and error are read out with it. */
export function Field({ label, hint, error, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <input id={id} className={styles.input} {...described(id, hint, error)} {...rest} />
      <Notes id={id} hint={hint} error={error} />
    </div>
  );
}

/** The eye is not part of the label: the field is called what `label` says. */
export function PasswordField({
  show,
  hide,
  label,
  hint,
  error,
  ...rest
}: FieldProps & { show: string; hide: string }) {
  const id = useId();
  const [visible, setVisible] = useState(false);
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.withButton}>
        <input
          id={id}
          className={styles.input}
          type={visible ? "text" : "password"}
          {...described(id, hint, error)}
          {...rest}
        />
        <IconButton
          className={styles.inside}
          icon={visible ? "eyeOff" : "eye"}
          label={visible ? hide : show}
          onClick={() => setVisible(!visible)}
        />
      </div>
      <Notes id={id} hint={hint} error={error} />
    </div>
  );
}

export function Select({ label, ...rest }: SelectHTMLAttributes<HTMLSelectElement> & { label: string }) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <select id={id} className={styles.input} {...rest} />
    </div>
  );
}

/** What went wrong with the whole form. */
export function FormError({ children }: { children: ReactNode }) {
  return (
    <p className={styles.formError} role="alert">
      <Icon name="alert" size={18} />
      <span>{children}</span>
    </p>
  );
}

function Notes({
  id,
  hint,
  error,
}: {
  id: string;
  hint: string | undefined;
  error: string | null | undefined;
}) {
  if (error) {
    return (
      <p id={`${id}-note`} className={styles.error}>
        {error}
      </p>
    );
  }
  return hint ? (
    <p id={`${id}-note`} className={styles.hint}>
      {hint}
    </p>
  ) : null;
}

function described(id: string, hint: string | undefined, error: string | null | undefined) {
  return {
    "aria-invalid": error ? true : undefined,
    "aria-describedby": error || hint ? `${id}-note` : undefined,
  };
}
