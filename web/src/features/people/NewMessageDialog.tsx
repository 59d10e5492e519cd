import { type FormEvent, useId, useState } from "react";
import type { Failure, Person } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { FormError } from "../../ui/Field";
import { useClient } from "../hooks";
import { openConversation } from "../router";
import { PeoplePicker } from "./PeoplePicker";

/** A direct conversation: choose one person. The conversation of a pair exists once, so this also finds an old one. */
export function NewMessageDialog({ onClose }: { onClose: () => void }) {
  const { chat } = useClient();
  const [person, setPerson] = useState<Person | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const formId = useId();

  async function start(event: FormEvent) {
    event.preventDefault();
    if (!person || busy) return;
    setBusy(true);
    const result = await chat.create({ type: "dm", memberIds: [person.id] });
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
      title={t.people.newMessageTitle}
      closeLabel={t.close}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button look="primary" type="submit" form={formId} disabled={!person} busy={busy}>
            {t.people.start}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={start}>
        <PeoplePicker
          focus
          multiple={false}
          chosen={person ? [person] : []}
          onToggle={(chosen) => setPerson(chosen.id === person?.id ? null : chosen)}
        />
      </form>
      {failure && <FormError>{t.failure(failure)}</FormError>}
    </Dialog>
  );
}
