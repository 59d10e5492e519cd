import type { Note } from "../../model/overlay";
import type { Message } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { useClient } from "../hooks";
import styles from "./MessageRow.module.css";

/** Under a message that something could not be done to: what, why, and the ways on. */
export function ChangeNote({ message, note }: { message: Message; note: Note }) {
  const { chat } = useClient();
  const editing = note.kind === "edit";
  return (
    <div className={styles.failure} role="alert">
      <span>{t.actions.failed(note)}</span>
      <span className={styles.choices}>
        <Button look="quiet" onClick={() => chat.changes.retry(message, note.kind)}>
          {t.message.retry}
        </Button>
        {editing && (
          <Button
            look="quiet"
            onClick={() => {
              chat.box.edit(message);
              document.getElementById("composer")?.focus();
            }}
          >
            {t.message.edit}
          </Button>
        )}
        <Button look="danger" onClick={() => chat.changes.dismiss(message.id, note.kind)}>
          {editing ? t.actions.discard : t.actions.dismiss}
        </Button>
      </span>
    </div>
  );
}
