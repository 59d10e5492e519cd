import type { Boot } from "../../boot";
import { explain, t } from "../../texts";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import styles from "./FatalError.module.css";

type Why = Extract<Boot, { ok: false }>["why"];

/** The page cannot start. It says why in words a person can act on, and goes on by itself when it is put right. */
export function FatalError({ why, onRetry }: { why: Why; onRetry: () => void }) {
  return (
    <main className={styles.page} data-testid="fatal-error" data-kind={why.kind}>
      <div className={styles.card} role="alert">
        <span className={styles.icon}>
          <Icon name={why.kind === "offline" || why.kind === "unreachable" ? "offline" : "alert"} size={24} />
        </span>
        <h1 className={styles.title}>{t.fatal.titles[why.kind]}</h1>
        <p className={styles.text}>{explain(why)}</p>
        <p className={styles.more}>{t.fatal.keepsTrying}</p>
        <Button look="primary" onClick={onRetry}>
          {t.fatal.retry}
        </Button>
      </div>
    </main>
  );
}
