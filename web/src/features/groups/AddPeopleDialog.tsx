import { useState } from "react";
import type { Conversation, Failure, Person } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { FormError } from "../../ui/Field";
import { useDialog } from "../app/dialogs";
import { useClient } from "../hooks";
import { PeoplePicker } from "../people/PeoplePicker";
import styles from "../people/PeoplePicker.module.css";

export function AddPeopleDialog({
  conversation,
  onClose,
}: {
  conversation: Conversation;
  onClose: () => void;
}) {
  const { chat, config } = useClient();
  const { id, name, members, memberCount } = conversation;
  const openDialog = useDialog();
  const [people, setPeople] = useState<readonly Person[]>([]);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const room = config.limits.groupMembers - memberCount;
  const already = new Set(members.map((member) => member.userId));

  function toggle(person: Person) {
    const without = people.filter((other) => other.id !== person.id);
    if (without.length < people.length) setPeople(without);
    else if (people.length < room) setPeople([...people, person]);
  }

  async function add() {
    setBusy(true);
    const refused = await chat.groups.add(id, people);
    setBusy(false);
    setFailure(refused);
    if (!refused) openDialog({ name: "details", conversationId: id });
  }

  return (
    <Dialog
      title={t.group.addTitle(name)}
      closeLabel={t.close}
      onClose={onClose}
      footer={
        <>
          <span className={styles.count}>
            {people.length >= room ? t.people.full(config.limits.groupMembers) : ""}
          </span>
          <Button onClick={() => openDialog({ name: "details", conversationId: id })}>{t.cancel}</Button>
          <Button look="primary" disabled={people.length === 0} busy={busy} onClick={add}>
            {t.group.addAction(people.length)}
          </Button>
        </>
      }
    >
      <PeoplePicker focus multiple chosen={people} onToggle={toggle} without={already} />
      {failure && <FormError>{t.failure(failure)}</FormError>}
    </Dialog>
  );
}
