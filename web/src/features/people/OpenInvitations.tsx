import type { Invitation } from "../../api/endpoints";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { date } from "../format";
import styles from "./InviteDialog.module.css";

/** The links that still work. Their secrets are not known any more; they can only be taken back. */
export function OpenInvitations({
  all,
  onRevoke,
}: {
  all: readonly Invitation[];
  onRevoke: (id: string) => void;
}) {
  const open = all.filter(
    (one) => !one.revoked && one.uses < one.maxUses && Date.parse(one.expiresAt) > Date.now(),
  );
  return (
    <section className={styles.open}>
      <h3 className={styles.heading}>{t.invite.listTitle}</h3>
      {open.length === 0 ? (
        <p className={styles.none}>{t.invite.none}</p>
      ) : (
        <ul>
          {open.map((one) => {
            const what = `${t.invite.used(one.uses, one.maxUses)}, ${t.invite.until(date(one.expiresAt))}`;
            return (
              <li key={one.id} className={styles.one}>
                <span>{what}</span>
                <Button
                  look="danger"
                  aria-label={t.invite.revokeLabel(what)}
                  onClick={() => onRevoke(one.id)}
                >
                  {t.invite.revoke}
                </Button>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
