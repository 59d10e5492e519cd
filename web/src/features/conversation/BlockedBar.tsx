import { useState } from "react";
import type { Person } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { useClient } from "../hooks";
import { useMishap } from "../status/mishap";
import styles from "./BlockedBar.module.css";

/** In the place of the box to write in: nothing one writes would be delivered. */
export function BlockedBar({ person: { id, name } }: { person: Person }) {
  const { chat } = useClient();
  const tell = useMishap();
  const [busy, setBusy] = useState(false);
  async function unblock() {
    setBusy(true);
    tell(await chat.own.block(id, false));
    setBusy(false);
  }
  return (
    // Who skips to the box comes here.
    <div id="composer" tabIndex={-1} className={styles.bar} role="status" data-testid="blocked-bar">
      <p>{t.block.bar(name)}</p>
      <Button busy={busy} onClick={unblock}>
        {t.block.unblock}
      </Button>
    </div>
  );
}
