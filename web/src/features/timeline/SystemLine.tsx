import { memo } from "react";
import { exact } from "../format";
import styles from "./Timeline.module.css";

interface Props {
  id: string;
  text: string;
  at: string;
}

/** What happened to the conversation itself. Nobody says it, so there is no face, no name and no tick. */
export const SystemLine = memo(function SystemLine({ id, text, at }: Props) {
  return (
    <p
      className={styles.system}
      title={exact(at)}
      data-testid="system-message"
      data-message-id={id}
      dir="auto"
    >
      {text}
    </p>
  );
});
