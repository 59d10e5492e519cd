import { type FormEvent, useId, useState } from "react";
import type { Failure, Person } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field, FormError } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { useClient } from "../hooks";
import { openConversation } from "../router";
import { PeoplePicker } from "./PeoplePicker";
import styles from "./PeoplePicker.module.css";

/** As many as one request may name. */
const NAMED_AT_ONCE = 100;

/** A group: a name, and at least one other person. */
export function NewGroupDialog({ onClose }: { onClose: () => void }) {
  const { chat, config } = useClient();
  const [name, setName] = useState("");
  const [people, setPeople] = useState<readonly Person[]>([]);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const formId = useId();
  // The limit counts oneself too; one request names so many, others are added later.
  const room = Math.min(config.limits.groupMembers - 1, NAMED_AT_ONCE);

  function toggle(person: Person) {
    const without = people.filter((other) => other.id !== person.id);
    if (without.length < people.length) setPeople(without);
    else if (people.length < room) setPeople([...people, person]);
  }

  async function create(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!name.trim() || people.length === 0 || busy) return;
    setBusy(true);
    const memberIds = people.map((person) => person.id);
    const result = await chat.create({ type: "group", name: name.trim(), memberIds });
    setBusy(false);
    if (!result.ok) {
      setFailure(result.failure);
      return;
    }
    onClose();
    openConversation(result.value.id);
  }

  return (
    <Dialog
      title={t.people.newGroupTitle}
      closeLabel={t.close}
      onClose={onClose}
      footer={
        <>
          <span className={styles.count}>
            {people.length >= room ? t.people.full(room + 1) : t.people.count(people.length)}
          </span>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button look="primary" type="submit" form={formId} busy={busy}>
            {t.people.create}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={create} noValidate>
        <Field
          label={t.people.groupName}
          placeholder={t.people.groupNameHint}
          maxLength={config.limits.nameLength}
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={tried && !name.trim() ? t.people.needName : null}
          data-autofocus
        />
      </form>
      {people.length > 0 && (
        <ul className={styles.chips} aria-label={t.people.chosen}>
          {people.map((person) => (
            <li key={person.id}>
              <button
                type="button"
                className={styles.chip}
                aria-label={t.people.remove(person.name)}
                onClick={() => toggle(person)}
              >
                {person.name} <Icon name="close" size={14} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <PeoplePicker multiple chosen={people} onToggle={toggle} />
      {tried && people.length === 0 && <FormError>{t.people.needPeople}</FormError>}
      {failure && <FormError>{t.failure(failure)}</FormError>}
    </Dialog>
  );
}
