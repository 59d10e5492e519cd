import { type FormEvent, useEffect, useState } from "react";
import { mayAdminister } from "../../model/select";
import type { Conversation, Failure } from "../../model/types";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field, FormError } from "../../ui/Field";
import { useDialog } from "../app/dialogs";
import { AvatarUpload } from "../conversation/AvatarUpload";
import { useChat, useClient } from "../hooks";
import styles from "./DetailsDialog.module.css";
import { HistoryChoice } from "./HistoryChoice";
import { MemberList } from "./MemberList";

/** Everything about a group. Its admins change it; the others see the same, to read. */
export function DetailsDialog({
  conversation,
  onClose,
}: {
  conversation: Conversation;
  onClose: () => void;
}) {
  const { chat } = useClient();
  const { id, name } = conversation;
  const me = useChat((state) => state.me?.id ?? "");
  const openDialog = useDialog();
  const admin = mayAdminister(conversation, me);
  const [failure, setFailure] = useState<Failure | null>(null);
  const incomplete = conversation.members.length < conversation.memberCount;
  useEffect(() => {
    void chat.groups.loadHistory(id);
  }, [chat, id]);
  // A list row carries the first members only.
  useEffect(() => {
    if (incomplete) void chat.open(id);
  }, [chat, id, incomplete]);

  return (
    <Dialog
      title={t.group.title}
      closeLabel={t.close}
      onClose={onClose}
      footer={
        <Button look="danger" icon="leave" onClick={() => openDialog({ name: "leave", conversationId: id })}>
          {t.group.leave}
        </Button>
      }
    >
      {admin ? (
        <>
          <AvatarUpload conversation={conversation} />
          <NameForm key={name} conversation={conversation} onFailure={setFailure} />
        </>
      ) : (
        <div className={styles.plain}>
          <p className={styles.name} dir="auto">
            {name}
          </p>
          <p className={styles.note}>{t.group.readOnly}</p>
        </div>
      )}
      <HistoryChoice conversation={conversation} admin={admin} onFailure={setFailure} />
      {failure && <FormError>{t.failure(failure)}</FormError>}
      <MemberList conversation={conversation} admin={admin} me={me} onFailure={setFailure} />
    </Dialog>
  );
}

function NameForm({
  conversation,
  onFailure,
}: {
  conversation: Conversation;
  onFailure: (failure: Failure | null) => void;
}) {
  const { chat, config } = useClient();
  const [name, setName] = useState(conversation.name);
  const [busy, setBusy] = useState(false);
  const changed = name.trim() !== "" && name.trim() !== conversation.name;
  async function save(event: FormEvent) {
    event.preventDefault();
    if (!changed || busy) return;
    setBusy(true);
    onFailure(await chat.groups.rename(conversation.id, name.trim()));
    setBusy(false);
  }
  return (
    <form className={styles.nameForm} onSubmit={save} noValidate>
      <Field
        label={t.group.name}
        value={name}
        maxLength={config.limits.nameLength}
        onChange={(event) => setName(event.target.value)}
        error={name.trim() ? null : t.people.needName}
      />
      <Button type="submit" disabled={!changed} busy={busy}>
        {t.group.save}
      </Button>
    </form>
  );
}
