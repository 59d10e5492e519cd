import { useEffect, useRef } from "react";
import type { Suggestion } from "../../model/completion";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import styles from "./Suggestions.module.css";

interface Props {
  id: string;
  found: readonly Suggestion[];
  at: number;
  onTake: (suggestion: Suggestion) => void;
}

/** Above the box. The focus stays in the box; the chosen one is told by its id. */
export function Suggestions({ id, found, at, onTake }: Props) {
  const chosen = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever another one is chosen.
  useEffect(() => {
    chosen.current?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <div id={id} className={styles.list} role="listbox" aria-label={t.composing.suggestions}>
      {found.map((suggestion, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the box's.
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the box.
        <div
          key={suggestion.key}
          ref={index === at ? chosen : undefined}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === at}
          className={styles.option}
          // Before the box loses the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(suggestion)}
        >
          {suggestion.kind === "person" && <Avatar id={suggestion.key} name={suggestion.label} size={24} />}
          {suggestion.kind === "all" && <span className={styles.all}>@</span>}
          <span className={suggestion.kind === "emoji" ? styles.emoji : styles.label} dir="auto">
            {suggestion.label}
          </span>
          <span className={styles.detail}>{suggestion.detail}</span>
        </div>
      ))}
    </div>
  );
}
