import { type ReactNode, useId, useRef } from "react";
import { IconButton } from "./Button";
import styles from "./Dialog.module.css";
import { useModal } from "./useModal";

interface Props {
  title: string;
  closeLabel: string;
  onClose: () => void;
  children: ReactNode;
  /** Stays below what scrolls. */
  footer?: ReactNode;
  /** No visible title bar: the content begins with its own field. */
  bare?: boolean;
  /** Only to be read, and perhaps longer than the screen. */
  reading?: boolean;
}

/**
 * A modal on the browser's own <dialog>: it traps the focus, closes on Escape and gives the focus back. Mounted means
 * open.
 */
export function Dialog({ title, closeLabel, onClose, children, footer, bare, reading }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useModal(ref);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click on the backdrop is a convenience; Escape does the same.
    <dialog
      ref={ref}
      className={bare ? `${styles.dialog} ${styles.bare}` : styles.dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className={styles.box}>
        <header className={bare ? "hidden" : styles.header}>
          <h2 id={titleId} className={styles.title}>
            {title}
          </h2>
          {!bare && <IconButton icon="close" label={closeLabel} onClick={onClose} />}
        </header>
        {/* What only scrolls must be reachable to be scrolled by keys. */}
        <div className={styles.body} tabIndex={reading ? 0 : undefined}>
          {children}
        </div>
        {footer && <footer className={styles.footer}>{footer}</footer>}
      </div>
    </dialog>
  );
}
