import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { Failure } from "../../model/types";
import { t } from "../../texts";
import { Icon } from "../../ui/Icon";
import styles from "./Mishap.module.css";
import { MishapContext } from "./mishap";

const SHOWN_MS = 8_000;

export function Mishaps({ children }: { children: ReactNode }) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const tell = useCallback((next: Failure | null) => next && setFailure(next), []);
  useEffect(() => {
    if (!failure) return;
    const timer = setTimeout(() => setFailure(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [failure]);
  return (
    <MishapContext value={tell}>
      {children}
      <div role="status">
        {failure && (
          <p className={styles.mishap} data-testid="mishap">
            <Icon name="alert" size={18} />
            {t.failure(failure)}
          </p>
        )}
      </div>
    </MishapContext>
  );
}
