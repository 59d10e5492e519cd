import { useEffect, useState } from "react";
import type { Failure, Person } from "../../model/types";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { FormError } from "../../ui/Field";
import { Spinner } from "../../ui/Spinner";
import { useChat, useClient } from "../hooks";
import { openConversation } from "../router";
import styles from "./ProfileDialog.module.css";

/** Somebody's card: who they are, and the ways to write to them or not to hear from them. */
export function ProfileDialog({ personId, onClose }: { personId: string; onClose: () => void }) {
  const { chat } = useClient();
  const me = useChat((state) => state.me?.id);
  const online = useChat((state) => state.online[personId] === true);
  const blocked = useChat((state) => state.blocked[personId] === true);
  const [person, setPerson] = useState<Person | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    let current = true;
    void chat.person(personId).then((answer) => {
      if (!current) return;
      if (answer.ok) setPerson(answer.value);
      else setFailure(answer.failure);
    });
    return () => {
      current = false;
    };
  }, [chat, personId]);

  async function write() {
    setBusy(true);
    const answer = await chat.create({ type: "dm", memberIds: [personId] });
    setBusy(false);
    if (!answer.ok) {
      setFailure(answer.failure);
      return;
    }
    onClose();
    openConversation(answer.value.id);
  }

  async function block() {
    setBusy(true);
    setFailure(await chat.own.block(personId, !blocked));
    setBusy(false);
  }

  return (
    <Dialog title={t.profile.title} closeLabel={t.close} onClose={onClose}>
      {person ? (
        <div className={styles.card}>
          <Avatar id={person.id} name={person.name} image={person.image} size={72} online={online} />
          <div className={styles.who}>
            <p className={styles.name} dir="auto">
              {person.name}
            </p>
            {person.about && (
              <p className={styles.about} dir="auto">
                {person.about}
              </p>
            )}
            <p className={styles.about}>
              <a href={`mailto:${person.email}`}>{person.email}</a>
            </p>
          </div>
        </div>
      ) : (
        !failure && <Spinner label={t.loading} />
      )}
      {failure && <FormError>{failure.status === 404 ? t.profile.unknown : t.failure(failure)}</FormError>}
      {person &&
        (personId === me ? (
          <p className={styles.about}>{t.profile.you}</p>
        ) : (
          <>
            <div className={styles.actions}>
              {!blocked && (
                <Button look="primary" icon="write" busy={busy} onClick={write} data-autofocus>
                  {t.profile.message}
                </Button>
              )}
              <Button look={blocked ? "plain" : "danger"} icon="block" busy={busy} onClick={block}>
                {blocked ? t.block.off(person.name) : t.block.on(person.name)}
              </Button>
            </div>
            {blocked && <p className={styles.about}>{t.block.explain}</p>}
          </>
        ))}
    </Dialog>
  );
}
