import { useState } from "react";
import type { Conversation, Failure } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { FormError } from "../../ui/Field";
import { useClient } from "../hooks";

export function ClearDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { chat } = useClient();
  const { id, type, name } = conversation;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  async function clear() {
    setBusy(true);
    const refused = await chat.own.clear(id);
    setBusy(false);
    setFailure(refused);
    if (!refused) onClose();
  }
  return (
    <Dialog
      title={t.clear.title}
      closeLabel={t.close}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose} data-autofocus>
            {t.cancel}
          </Button>
          <Button look="danger" busy={busy} onClick={clear}>
            {t.clear.confirm}
          </Button>
        </>
      }
    >
      <p>{type === "group" ? t.clear.textGroup(name) : t.clear.text(name)}</p>
      {failure && <FormError>{t.failure(failure)}</FormError>}
    </Dialog>
  );
}
