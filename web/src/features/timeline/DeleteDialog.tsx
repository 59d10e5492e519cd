import { quoteOf } from "../../model/box";
import type { Message } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useChat, useClient } from "../hooks";
import styles from "./DeleteDialog.module.css";
import { QuoteBody } from "./Quote";

/** Asks before a message goes, and for whom. */
export default function DeleteDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { chat } = useClient();
  const me = useChat((state) => state.me?.id);
  const mine = message.senderId === me && message.type !== "SYSTEM" && message.deletedAt === null;
  const remove = (everyone: boolean) => {
    onClose();
    chat.changes.remove(message, everyone);
    // The row that had the focus may be gone.
    document.getElementById("composer")?.focus();
  };
  const footer = (
    <>
      <Button onClick={onClose} data-autofocus>
        {t.cancel}
      </Button>
      <Button look="danger" onClick={() => remove(false)}>
        {t.actions.forMe}
      </Button>
      {mine && (
        <Button look="danger" onClick={() => remove(true)}>
          {t.actions.forEveryone}
        </Button>
      )}
    </>
  );
  return (
    <Dialog title={t.actions.deleteTitle} closeLabel={t.close} onClose={onClose} footer={footer}>
      <div className={styles.quote}>
        <QuoteBody name={mine ? t.list.you : message.senderName} quote={quoteOf(message)} />
      </div>
      <p className={styles.lead}>{mine ? t.actions.deleteLead : t.actions.deleteLeadMine}</p>
    </Dialog>
  );
}
