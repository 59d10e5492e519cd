import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { useChat } from "../hooks";
import { useAlone } from "../people/useAlone";
import { useInvites } from "../people/useInvites";
import { useDialog } from "./dialogs";
import styles from "./Home.module.css";
import { Picture } from "./Picture";

/** No conversation is open: what to do next. */
export function Home() {
  const me = useChat((state) => state.me);
  const ready = useChat((state) => state.list === "ready");
  const empty = useChat((state) => Object.keys(state.conversations).length === 0);
  const invites = useInvites();
  const alone = useAlone(ready && empty && invites);
  const openDialog = useDialog();
  if (!me || !ready) return <div className={styles.home} />;
  if (alone) {
    const invite = (
      <Button look="primary" icon="link" onClick={() => openDialog("invite")}>
        {t.home.inviteColleague}
      </Button>
    );
    return (
      <div className={styles.home}>
        <EmptyState picture={<Picture />} title={t.home.aloneTitle(me.name)} action={invite}>
          {t.home.alone}
        </EmptyState>
      </div>
    );
  }
  const start = (
    <Button look="primary" icon="write" onClick={() => openDialog("message")}>
      {t.home.startOne}
    </Button>
  );
  return (
    <div className={styles.home}>
      <EmptyState
        picture={<Picture />}
        title={empty ? t.home.aloneTitle(me.name) : t.home.pickTitle}
        action={empty ? start : undefined}
      >
        {empty ? t.list.emptyColleagues : t.home.pick}
        {!empty && (
          <p className={styles.keys}>
            <kbd>{t.help.control}</kbd> <kbd>K</kbd> {t.home.keyHint}
          </p>
        )}
      </EmptyState>
    </div>
  );
}
