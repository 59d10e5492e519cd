import type { Failure } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { useClient } from "../hooks";
import styles from "./MessageRow.module.css";

/** Under a message that did not go out: why, and what one can do. The text is never lost. */
export function FailedNote({
  conversationId,
  clientId,
  failure,
}: {
  conversationId: string;
  clientId: string;
  failure: Failure;
}) {
  const { chat } = useClient();
  return (
    <div className={styles.failure} role="alert">
      <span>{t.message.failure(failure)}</span>
      <span className={styles.choices}>
        <Button look="quiet" onClick={() => chat.retry(conversationId, clientId)}>
          {t.message.retry}
        </Button>
        <Button
          look="quiet"
          onClick={() => {
            chat.takeBack(conversationId, clientId);
            document.getElementById("composer")?.focus();
          }}
        >
          {t.message.edit}
        </Button>
        <Button look="danger" onClick={() => chat.discard(conversationId, clientId)}>
          {t.message.remove}
        </Button>
      </span>
    </div>
  );
}
