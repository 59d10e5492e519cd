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
  file,
}: {
  conversationId: string;
  clientId: string;
  failure: Failure;
  /** A file cannot be edited, and what the server will never take need not be tried again. */
  file: boolean;
}) {
  const { chat } = useClient();
  return (
    <div className={styles.failure} role="alert">
      <span>{t.message.failure(failure)}</span>
      <span className={styles.choices}>
        {!(file && hopeless(failure)) && (
          <Button look="quiet" onClick={() => chat.retry(conversationId, clientId)}>
            {t.message.retry}
          </Button>
        )}
        {!file && (
          <Button
            look="quiet"
            onClick={() => {
              chat.takeBack(conversationId, clientId);
              document.getElementById("composer")?.focus();
            }}
          >
            {t.message.edit}
          </Button>
        )}
        <Button look="danger" onClick={() => chat.discard(conversationId, clientId)}>
          {t.message.remove}
        </Button>
      </span>
    </div>
  );
}

/** Gone, or of a type or an emptiness that stays. Too large may become possible: files can be deleted. */
function hopeless({ status }: Failure): boolean {
  return status === 410 || status === 415 || status === 422;
}
