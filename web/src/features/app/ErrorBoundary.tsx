import { Component, type ReactNode } from "react";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import styles from "./App.module.css";

/** A mistake of ours while drawing: say so instead of leaving an empty page. Drafts and unsent messages are kept. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    const reload = (
      <Button look="primary" onClick={() => window.location.reload()}>
        {t.fatal.reload}
      </Button>
    );
    return (
      <main className={styles.loading} data-testid="fatal-error" data-kind="bug">
        <EmptyState page title={t.fatal.bugTitle} action={reload}>
          {t.fatal.bug}
        </EmptyState>
      </main>
    );
  }
}
