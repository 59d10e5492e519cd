import type { Bubble } from "../../model/rows";
import { t } from "../../texts";
import { Icon } from "../../ui/Icon";
import styles from "./MessageRow.module.css";

/** How far a message of ours got. A click tells with whom; who has no pointer finds the same among the actions. */
export function Tick({ bubble: { state, delivery }, onOpen }: { bubble: Bubble; onOpen: () => void }) {
  const kind = state === "pending" ? "pending" : delivery;
  const classes = `${styles.tick} ${kind === "read" ? styles.read : ""}`;
  const inside = (
    <>
      <Icon name={kind === "pending" ? "clock" : kind === "sent" ? "check" : "checks"} size={15} />
      <span className="hidden">{t.message[kind]}</span>
    </>
  );
  if (kind === "pending")
    return (
      <span className={classes} title={t.message[kind]} data-tick={kind}>
        {inside}
      </span>
    );
  return (
    <button
      type="button"
      tabIndex={-1}
      className={classes}
      title={t.receipts.open(t.message[kind])}
      data-tick={kind}
      onClick={onOpen}
    >
      {inside}
    </button>
  );
}
