import { useCallback, useEffect, useState } from "react";
import type { Invitation } from "../../api/endpoints";
import type { Failure } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { FormError, Select } from "../../ui/Field";
import { useClient } from "../hooks";
import { CopyField } from "./CopyField";
import styles from "./InviteDialog.module.css";
import { OpenInvitations } from "./OpenInvitations";

const USES = [1, 5, 20, 100];
const DAYS = [1, 7, 30];

/** Makes invitation links. The secret stands behind the # and so never reaches a server's log. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { invitations } = useClient();
  const [maxUses, setMaxUses] = useState(1);
  const [days, setDays] = useState(7);
  const [made, setMade] = useState<Invitation | null>(null);
  const [all, setAll] = useState<readonly Invitation[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  const load = useCallback(async () => {
    const answer = await invitations.list();
    if (answer.ok) setAll(answer.value);
    else setFailure(answer.failure);
  }, [invitations]);
  useEffect(() => void load(), [load]);

  async function create() {
    setBusy(true);
    setFailure(null);
    const answer = await invitations.create({ maxUses, expiresInHours: days * 24 });
    setBusy(false);
    if (answer.ok) setMade(answer.value);
    else setFailure(answer.failure);
    void load();
  }

  async function revoke(id: string) {
    const answer = await invitations.revoke(id);
    if (!answer.ok) setFailure(answer.failure);
    if (made?.id === id) setMade(null);
    void load();
  }

  return (
    <Dialog title={t.invite.title} closeLabel={t.close} onClose={onClose}>
      <p className={styles.lead}>{t.invite.lead}</p>
      {made?.token ? (
        <div className={styles.made}>
          <CopyField label={t.invite.link} value={`${window.location.origin}/join#${made.token}`} />
          <p className={styles.once}>{t.invite.once}</p>
          <Button look="quiet" onClick={() => setMade(null)}>
            {t.invite.another}
          </Button>
        </div>
      ) : (
        <div className={styles.form}>
          <Select
            label={t.invite.uses}
            value={maxUses}
            onChange={(event) => setMaxUses(Number(event.target.value))}
          >
            {USES.map((n) => (
              <option key={n} value={n}>
                {t.invite.usesOption(n)}
              </option>
            ))}
          </Select>
          <Select
            label={t.invite.expiry}
            value={days}
            onChange={(event) => setDays(Number(event.target.value))}
          >
            {DAYS.map((n) => (
              <option key={n} value={n}>
                {t.invite.days(n)}
              </option>
            ))}
          </Select>
          <Button look="primary" icon="link" busy={busy} onClick={create} data-autofocus>
            {t.invite.create}
          </Button>
        </div>
      )}
      {failure && <FormError>{t.failure(failure)}</FormError>}
      {all && <OpenInvitations all={all} onRevoke={revoke} />}
    </Dialog>
  );
}
