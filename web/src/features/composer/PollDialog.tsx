import { type FormEvent, useId, useState } from "react";
import type { Conversation } from "../../model/types";
import { t } from "../../texts";
import { Button, IconButton } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useClient } from "../hooks";
import styles from "./PollDialog.module.css";

const MOST = 10;
const HOUR = 3_600_000;
const ENDS = [
  { ms: null, label: t.polls.never },
  { ms: HOUR, label: t.polls.hours(1) },
  { ms: 8 * HOUR, label: t.polls.hours(8) },
  { ms: 24 * HOUR, label: t.polls.days(1) },
  { ms: 72 * HOUR, label: t.polls.days(3) },
  { ms: 168 * HOUR, label: t.polls.days(7) },
];

interface Option {
  id: number;
  text: string;
}

/** Asks a conversation: a question, two to ten answers, whether several may be chosen, when it ends. */
export default function PollDialog({
  conversation,
  onClose,
}: {
  conversation: Conversation;
  onClose: () => void;
}) {
  const { chat } = useClient();
  const formId = useId();
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState<Option[]>([
    { id: 1, text: "" },
    { id: 2, text: "" },
  ]);
  const [multiple, setMultiple] = useState(false);
  const [ends, setEnds] = useState(0);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  async function ask(event: FormEvent) {
    event.preventDefault();
    // It is no message that is sent.
    event.stopPropagation();
    const texts = options.map(({ text }) => text.trim()).filter(Boolean);
    const distinct = new Set(texts.map((text) => text.toLowerCase()));
    if (!question.trim()) return setProblem(t.polls.needQuestion);
    if (texts.length < 2 || distinct.size < texts.length) return setProblem(t.polls.needOptions);
    setBusy(true);
    const ms = ENDS[ends]?.ms ?? null;
    const answer = await chat.createPoll({
      conversationId: conversation.id,
      question: question.trim(),
      options: texts,
      multiple,
      expiresAt: ms === null ? null : new Date(Date.now() + ms).toISOString(),
    });
    setBusy(false);
    if (answer.ok) onClose();
    else setProblem(t.failure(answer.failure));
  }

  const set = (id: number, text: string) =>
    setOptions(options.map((option) => (option.id === id ? { id, text } : option)));
  const add = () => setOptions([...options, { id: Math.max(...options.map(({ id }) => id)) + 1, text: "" }]);
  const footer = (
    <>
      <Button onClick={onClose}>{t.cancel}</Button>
      <Button look="primary" type="submit" form={formId} busy={busy}>
        {t.polls.create}
      </Button>
    </>
  );
  return (
    <Dialog title={t.polls.title} closeLabel={t.close} onClose={onClose} footer={footer}>
      <form id={formId} className={styles.form} onSubmit={ask}>
        <label className={styles.field}>
          {t.polls.question}
          <input
            className={styles.input}
            maxLength={255}
            placeholder={t.polls.questionHint}
            dir="auto"
            value={question}
            data-autofocus
            onChange={(event) => setQuestion(event.target.value)}
          />
        </label>
        <fieldset className={styles.options}>
          <legend>{t.polls.options}</legend>
          {options.map(({ id, text }, index) => (
            <div key={id} className={styles.option}>
              <input
                className={styles.input}
                maxLength={500}
                aria-label={t.polls.optionLabel(index + 1)}
                placeholder={t.polls.optionLabel(index + 1)}
                dir="auto"
                value={text}
                onChange={(event) => set(id, event.target.value)}
              />
              {options.length > 2 && (
                <IconButton
                  icon="close"
                  label={t.polls.removeOption(index + 1)}
                  onClick={() => setOptions(options.filter((option) => option.id !== id))}
                />
              )}
            </div>
          ))}
          {options.length < MOST && (
            <Button look="quiet" icon="plus" className={styles.add} onClick={add}>
              {t.polls.addOption}
            </Button>
          )}
        </fieldset>
        <label className={styles.check}>
          <input type="checkbox" checked={multiple} onChange={(event) => setMultiple(event.target.checked)} />
          {t.polls.allowMultiple}
        </label>
        <label className={styles.field}>
          {t.polls.expiry}
          <select
            className={styles.input}
            value={ends}
            onChange={(event) => setEnds(Number(event.target.value))}
          >
            {ENDS.map(({ label }, index) => (
              <option key={label} value={index}>
                {label}
              </option>
            ))}
          </select>
        </label>
        {problem && (
          <p className={styles.problem} role="alert">
            {problem}
          </p>
        )}
      </form>
    </Dialog>
  );
}
