import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef } from "react";
import { charactersLeft, sendable } from "../../model/limits";
import type { Conversation } from "../../model/types";
import { t } from "../../texts";
import { Icon } from "../../ui/Icon";
import { filesIn, useStaging } from "../files/useStaging";
import { useChat, useClient } from "../hooks";
import { AttachButton } from "./AttachButton";
import styles from "./Composer.module.css";
import { EmojiButton, PollButton } from "./ComposerTools";
import { ComposingBar } from "./ComposingBar";
import { Tray } from "./Tray";
import { useCompletion } from "./useCompletion";
import { useVoice } from "./useVoice";

/** The box to write in. What is typed is the conversation's draft, so it is there when one comes back. */
export function Composer({ conversation }: { conversation: Conversation }) {
  const { chat, config } = useClient();
  const { id, name } = conversation;
  const composing = useChat((state) => state.composing[id]);
  const draft = useChat((state) => state.drafts[id] ?? "");
  const editing = composing?.kind === "edit" ? composing.messageId : null;
  const text = composing?.kind === "edit" ? composing.text : draft;
  const box = useRef<HTMLTextAreaElement>(null);
  const noteId = useId();
  const left = charactersLeft(text, config.limits);
  const over = left !== null && left < 0;
  const staging = useStaging(id);
  const ready = (sendable(text) !== "" || (staging.sendable && !editing)) && !over;
  const setText = (next: string) => (editing ? chat.box.typed(id, next) : chat.draft(id, next));
  const completion = useCompletion({ box, text, onText: setText, conversation });
  const voice = useVoice(id);
  const speaking = voice.bar !== null;

  useLayoutEffect(() => {
    void text;
    void speaking;
    if (box.current) fitHeight(box.current);
  }, [text, speaking]);

  useEffect(() => {
    // On a touch screen the keyboard would jump up over the messages.
    if (window.matchMedia("(hover: hover)").matches) box.current?.focus({ preventScroll: true });
    return () => chat.stoppedTyping();
  }, [chat]);

  // The whole text is there to be changed; the caret goes to its end.
  useEffect(() => {
    const end = box.current?.value.length ?? 0;
    if (editing !== null) box.current?.setSelectionRange(end, end);
  }, [editing]);

  function send() {
    if (!ready) return;
    if (sendable(text) !== "") chat.send(id, sendable(text));
    if (!editing) chat.sendFiles(id, chat.uploads.take(id));
    box.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (completion.onKeyDown(event)) {
      event.preventDefault();
      return;
    }
    if (event.key === "Escape" && composing) {
      event.preventDefault();
      chat.box.cancel(id);
      return;
    }
    if (event.key === "ArrowUp" && !text && !composing && !event.altKey) {
      event.preventDefault();
      chat.box.editLast(id);
      return;
    }
    if (event.key !== "Enter" || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    // Enter that ends a composition (IME) belongs to the composition; 229 is how Safari tells.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  }

  if (voice.bar) return voice.bar;
  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {completion.list}
      {composing && <ComposingBar composing={composing} onCancel={() => chat.box.cancel(id)} />}
      {!editing && <Tray conversationId={id} staged={staging.staged} />}
      <span className={styles.tools}>
        <AttachButton onFiles={staging.add} />
        <PollButton conversation={conversation} />
      </span>
      <textarea
        ref={box}
        id="composer"
        className={styles.box}
        data-testid="composer"
        aria-label={t.composer.label(name)}
        aria-describedby={left === null ? undefined : noteId}
        aria-invalid={over || undefined}
        placeholder={t.composer.label(name)}
        dir="auto"
        rows={1}
        enterKeyHint="send"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          completion.onCaret(event.target.selectionStart);
          if (editing) return;
          if (event.target.value.trim()) chat.typed(id);
          else chat.stoppedTyping();
        }}
        onSelect={(event) => completion.onCaret(event.currentTarget.selectionStart)}
        {...completion.field}
        onBlur={() => chat.stoppedTyping()}
        onKeyDown={onKeyDown}
        onPaste={(event) => {
          const pasted = filesIn(event.clipboardData);
          if (pasted.length === 0) return;
          // A spreadsheet's cells come as text and as a picture of themselves: the text is what is meant.
          if (event.clipboardData.types.includes("text/plain")) return;
          event.preventDefault();
          void staging.add(pasted);
        }}
      />
      <span className={styles.tools}>
        <EmojiButton onPick={completion.insertHere} />
        {!editing && voice.button}
      </span>
      <button
        type="submit"
        className={styles.send}
        aria-label={editing ? t.composing.save : t.composer.send}
        title={editing ? t.composing.save : t.composer.send}
        disabled={!ready}
      >
        <Icon name={editing ? "check" : "send"} />
      </button>
      {left !== null && (
        <p
          id={noteId}
          className={over ? `${styles.note} ${styles.over}` : styles.note}
          role={over ? "alert" : undefined}
        >
          {over ? (
            <>
              <strong>{t.composer.over(-left)}</strong> {t.composer.overHint}
            </>
          ) : (
            t.composer.left(left)
          )}
        </p>
      )}
    </form>
  );
}

/** Makes the box as high as its text. The form around keeps its height meanwhile, so that the messages do not move. */
function fitHeight(box: HTMLTextAreaElement): void {
  const form = box.form;
  if (!form) return;
  form.style.minHeight = `${form.offsetHeight}px`;
  // Collapsed first: a textarea never reports less than its own height.
  box.style.height = "0";
  box.style.height = `${box.scrollHeight}px`;
  form.style.minHeight = "";
}
