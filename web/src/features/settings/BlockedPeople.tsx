import { useEffect, useState } from "react";
import type { Blocked } from "../../model/requests";
import type { Failure } from "../../model/types";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { FormError } from "../../ui/Field";
import { useChat, useClient } from "../hooks";
import styles from "./NotificationSettings.module.css";

/** Whom one blocked, and the way back. */
export function BlockedPeople() {
  const { chat } = useClient();
  const blocked = useChat((state) => state.blocked);
  const [all, setAll] = useState<readonly Blocked[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    void blocked;
    let current = true;
    void chat.own.blocks().then((answer) => {
      if (!current) return;
      if (answer.ok) setAll(answer.value);
      else setFailure(answer.failure);
    });
    return () => {
      current = false;
    };
  }, [chat, blocked]);
  return (
    <section className={styles.section} aria-label={t.block.listTitle}>
      <h3 className={styles.heading}>{t.block.listTitle}</h3>
      {all?.length === 0 && <p className={styles.note}>{t.block.none}</p>}
      <ul>
        {all?.map(({ person }) => (
          <li key={person.id} className={styles.person}>
            <Avatar id={person.id} name={person.name} image={person.image} size={30} />
            <span className={styles.name} dir="auto">
              {person.name}
            </span>
            <Button
              aria-label={t.block.off(person.name)}
              onClick={async () => setFailure(await chat.own.block(person.id, false))}
            >
              {t.block.unblock}
            </Button>
          </li>
        ))}
      </ul>
      {failure && <FormError>{t.failure(failure)}</FormError>}
    </section>
  );
}
