import type { ReactNode } from "react";
import styles from "./EmptyState.module.css";

interface Props {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  picture?: ReactNode;
  /** It is all the page has to say. */
  page?: boolean;
}

/** Nothing here, and what to do about it. */
export function EmptyState({ title, children, action, picture, page = false }: Props) {
  const Title = page ? "h1" : "h2";
  return (
    <div className={styles.empty}>
      {picture}
      <Title className={styles.title}>{title}</Title>
      {children && <div className={styles.text}>{children}</div>}
      {action && <div className={styles.action}>{action}</div>}
    </div>
  );
}
