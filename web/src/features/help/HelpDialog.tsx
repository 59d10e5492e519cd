import { t } from "../../texts";
import { Dialog } from "../../ui/Dialog";
import styles from "./HelpDialog.module.css";

const control = t.help.control;
const rows: readonly [string, readonly string[]][] = [
  [t.help.rows.switcher, [control, "K"]],
  [t.help.rows.next, ["Alt", "↓"]],
  [t.help.rows.previous, ["Alt", "↑"]],
  [t.help.rows.nextUnread, ["Alt", "Shift", "↓"]],
  [t.help.rows.previousUnread, ["Alt", "Shift", "↑"]],
  [t.help.rows.search, [control, "F"]],
  [t.help.rows.searchAll, [control, "Shift", "F"]],
  [t.help.rows.editLast, ["↑"]],
  [t.messageKeys.walk, ["↑", "↓"]],
  [t.messageKeys.menu, ["Enter"]],
  [t.messageKeys.reply, ["R"]],
  [t.messageKeys.edit, ["E"]],
  [t.messageKeys.react, ["+"]],
  [t.messageKeys.remove, ["Del"]],
  [t.messageKeys.read, ["Esc"]],
  [t.help.rows.send, ["Enter"]],
  [t.help.rows.newline, ["Shift", "Enter"]],
  [t.help.rows.close, ["Esc"]],
  [t.help.rows.help, [control, "/"]],
];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t.help.title} closeLabel={t.close} onClose={onClose} reading>
      <dl className={styles.keys}>
        {rows.map(([what, keys]) => (
          <div key={what} className={styles.row}>
            <dt>{what}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
