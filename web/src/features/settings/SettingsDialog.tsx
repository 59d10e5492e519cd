import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useChat, useClient } from "../hooks";
import { navigate } from "../router";
import { BlockedPeople } from "./BlockedPeople";
import { NotificationSettings } from "./NotificationSettings";
import { PasswordForm } from "./PasswordForm";
import styles from "./SettingsDialog.module.css";

/** Oneself: who one is here, the password, and the way out. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { session, rest, config, host } = useClient();
  const me = useChat((state) => state.me);
  if (!me) return null;

  function signOut() {
    onClose();
    navigate({ name: "sign-in" }, { replace: true });
    void session.signOut(rest);
  }

  return (
    <Dialog
      title={t.settings.title}
      closeLabel={t.close}
      onClose={onClose}
      footer={
        <>
          <span className={styles.version}>{t.settings.about(config.version)}</span>
          <Button icon="leave" onClick={signOut}>
            {t.settings.signOut}
          </Button>
        </>
      }
    >
      <section className={styles.profile} aria-label={t.settings.profile}>
        <Avatar id={me.id} name={me.name} image={me.image} size={52} />
        <div className={styles.who}>
          <p className={styles.name} dir="auto">
            {me.name}
          </p>
          <p className={styles.detail}>{me.email}</p>
          <p className={styles.detail}>{[t.settings.role[me.role], me.about].filter(Boolean).join(" · ")}</p>
        </div>
      </section>
      <NotificationSettings />
      <BlockedPeople />
      {!host && <PasswordForm />}
    </Dialog>
  );
}
