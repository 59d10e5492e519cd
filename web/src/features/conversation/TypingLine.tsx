import { typers } from "../../model/select";
import { t } from "../../texts";
import { useChat } from "../hooks";
import styles from "./TypingLine.module.css";

/** Its room is always there, so that nothing moves when somebody begins to type. */
export function TypingLine({ id }: { id: string }) {
  const names = useChat((state) => typers(state, id).join("\n"));
  return (
    <p className={styles.line} data-testid="typing-line" role="status">
      {names && (
        <>
          <span className={styles.dots} aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {t.conversation.typing(names.split("\n"))}
        </>
      )}
    </p>
  );
}
