import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Button, IconButton } from "../../ui/Button";
import { useDialog } from "../app/dialogs";
import { useChat } from "../hooks";
import { useInvites } from "../people/useInvites";
import styles from "./Me.module.css";

/** Oneself, at the foot of the list, with what belongs to oneself. */
export function Me() {
  const me = useChat((state) => state.me);
  const online = useChat((state) => state.connection.name === "online");
  const openDialog = useDialog();
  const invites = useInvites();
  if (!me) return null;
  return (
    <footer className={styles.foot}>
      {invites && (
        <Button look="quiet" icon="link" className={styles.invite} onClick={() => openDialog("invite")}>
          {t.list.invite}
        </Button>
      )}
      <div className={styles.me}>
        <Avatar id={me.id} name={me.name} image={me.image} size={32} online={online} />
        <span className={styles.name} dir="auto">
          {me.name}
        </span>
        <IconButton
          icon="keys"
          label={t.list.help}
          className={styles.keys}
          onClick={() => openDialog("help")}
        />
        <IconButton icon="settings" label={t.list.settings} onClick={() => openDialog("settings")} />
      </div>
    </footer>
  );
}
