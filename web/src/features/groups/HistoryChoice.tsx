import type { Conversation, Failure } from "../../model/types";
import { t } from "../../texts";
import { useClient } from "../hooks";
import styles from "./DetailsDialog.module.css";

interface Props {
  conversation: Conversation;
  admin: boolean;
  onFailure: (failure: Failure | null) => void;
}

/** What people who are added may read. */
export function HistoryChoice({ conversation: { id, history }, admin, onFailure }: Props) {
  const { chat } = useClient();
  if (history === null) return null;
  if (!admin) return <p className={styles.note}>{t.group.historyNow[history]}</p>;
  return (
    <fieldset className={styles.history}>
      <legend className={styles.heading}>{t.group.historyTitle}</legend>
      {(["joined", "all"] as const).map((choice) => (
        <label key={choice} className={styles.choice}>
          <input
            type="radio"
            name="history"
            checked={history === choice}
            onChange={async () => onFailure(await chat.groups.changeHistory(id, choice))}
          />
          {t.group.history[choice]}
        </label>
      ))}
    </fieldset>
  );
}
