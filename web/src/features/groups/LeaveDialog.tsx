import { useState } from "react";
import type { Conversation, Failure } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { FormError } from "../../ui/Field";
import { useChat, useClient } from "../hooks";
import { navigate } from "../router";

/** Leaving cannot be taken back by oneself, so it is asked about. */
export function LeaveDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { chat } = useClient();
  const { id, name, members, memberCount } = conversation;
  const me = useChat((state) => state.me?.id);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const admins = members.filter((member) => member.role === "admin");
  const onlyAdmin = admins.length === 1 && admins[0]?.userId === me;

  async function leave() {
    setBusy(true);
    const refused = await chat.groups.leave(id);
    setBusy(false);
    setFailure(refused);
    if (refused) return;
    onClose();
    navigate({ name: "home" }, { replace: true });
  }

  return (
    <Dialog
      title={t.group.leaveTitle(name)}
      closeLabel={t.close}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose} data-autofocus>
            {t.cancel}
          </Button>
          <Button look="danger" icon="leave" busy={busy} onClick={leave}>
            {t.group.leave}
          </Button>
        </>
      }
    >
      <p>{t.group.leaveText}</p>
      {memberCount === 1 ? (
        <p>{t.group.leaveLastMember}</p>
      ) : (
        onlyAdmin && members.length === memberCount && <p>{t.group.leaveLastAdmin}</p>
      )}
      {failure && <FormError>{t.failure(failure)}</FormError>}
    </Dialog>
  );
}
