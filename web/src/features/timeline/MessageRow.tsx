import { lazy, memo, Suspense, useState } from "react";
import type { Bubble } from "../../model/rows";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { useDialog } from "../app/dialogs";
import { part } from "../app/outdated";
import { AttachmentView } from "../files/AttachmentView";
import { exact, time } from "../format";
import { useChat } from "../hooks";
import { ChangeNote } from "./ChangeNote";
import { FailedNote } from "./FailedNote";
import { MessageActions } from "./MessageActions";
import styles from "./MessageRow.module.css";
import { MessageText } from "./MessageText";
import { PreviewCard } from "./PreviewCard";
import { Quote } from "./Quote";
import { Reactions } from "./Reactions";
import { Tick } from "./Tick";
import { useRowActions } from "./useRowActions";

const PollView = lazy(part(async () => ({ default: (await import("./PollView")).PollView })));

interface Props {
  conversationId: string;
  bubble: Bubble;
  /** First and last of its group. */
  head: boolean;
  tail: boolean;
  /** One was sent here a moment ago. */
  highlighted?: boolean;
}

/** One message. The same element from "sending" to "read": only its attributes change. */
export const MessageRow = memo(function MessageRow(props: Props) {
  const { conversationId, bubble, head, tail, highlighted = false } = props;
  const { own, state, at, senderName, message } = bubble;
  const { active, surface, setSurface, handlers } = useRowActions(message);
  const classes = [styles.row, own && styles.own, head && styles.head, tail && styles.tail, styles[state]];
  const clock = time(at);
  const openDialog = useDialog();
  const [unfolded, setUnfolded] = useState(false);
  // In a direct conversation the past is one's own to read, and nothing new of theirs comes.
  const blocked = useChat(
    (s) => s.blocked[bubble.senderId] === true && s.conversations[conversationId]?.type === "group",
  );
  const folded = blocked && !unfolded && !bubble.deleted;
  return (
    <article
      className={classes.filter(Boolean).join(" ")}
      aria-label={own ? t.conversation.own(clock) : t.conversation.by(senderName, clock)}
      // The arrow keys walk from message to message.
      tabIndex={-1}
      data-testid="message"
      data-message-id={bubble.id ?? undefined}
      data-state={state}
      data-highlighted={highlighted || undefined}
      data-active={active || undefined}
      {...handlers}
    >
      <div className={styles.gutter}>
        {head ? (
          <button
            type="button"
            className={styles.face}
            aria-label={t.profile.open(senderName)}
            tabIndex={-1}
            onClick={() => openDialog({ name: "profile", personId: bubble.senderId })}
          >
            <Avatar id={bubble.senderId} name={senderName} size={34} />
          </button>
        ) : (
          <time className={styles.hoverTime} dateTime={at} title={exact(at)} aria-hidden="true">
            {clock}
          </time>
        )}
      </div>
      <div className={styles.body}>
        {head && (
          <p className={styles.by} aria-hidden="true">
            <span className={styles.name} dir="auto">
              {own ? t.list.you : senderName}
            </span>
            <time className={styles.time} dateTime={at} title={exact(at)}>
              {clock}
            </time>
          </p>
        )}
        {folded ? (
          <Folded onShow={() => setUnfolded(true)} />
        ) : bubble.deleted ? (
          <p className={styles.deleted}>{t.conversation.deleted}</p>
        ) : (
          <Content conversationId={conversationId} bubble={bubble} />
        )}
        {message && bubble.note && <ChangeNote message={message} note={bubble.note} />}
        {state === "failed" && bubble.failure && (
          <FailedNote
            conversationId={conversationId}
            clientId={bubble.key}
            failure={bubble.failure}
            file={bubble.file !== null}
          />
        )}
      </div>
      {own && state !== "failed" && <Tick bubble={bubble} onOpen={() => setSurface("seen")} />}
      {message && (active || surface) && (
        <MessageActions message={message} surface={surface} onSurface={setSurface} />
      )}
    </article>
  );
}, same);

/** In a group one still reads the others, who answer it. */
function Folded({ onShow }: { onShow: () => void }) {
  return (
    <p className={styles.folded}>
      {t.block.folded}
      <Button look="quiet" onClick={onShow}>
        {t.block.show}
      </Button>
    </p>
  );
}

function Content({ conversationId, bubble }: { conversationId: string; bubble: Bubble }) {
  const { message, quote } = bubble;
  return (
    <>
      {(quote || message?.replyToId) && <Quote conversationId={conversationId} quote={quote} />}
      {message?.poll ? (
        <Suspense fallback={<MessageText text={bubble.content} message={message} edited={false} />}>
          <PollView message={message} poll={message.poll} />
        </Suspense>
      ) : bubble.file ? (
        <AttachmentView conversationId={conversationId} bubble={bubble} file={bubble.file} />
      ) : (
        <MessageText text={bubble.content} message={message} edited={bubble.edited} />
      )}
      {message?.facts.preview && <PreviewCard preview={message.facts.preview} />}
      {message && message.reactions.length > 0 && <Reactions message={message} />}
    </>
  );
}

/** The rows are built anew on every change; a row that says the same is not drawn again. */
function same(a: Props, b: Props): boolean {
  if (a.head !== b.head || a.tail !== b.tail || a.highlighted !== b.highlighted) return false;
  return (Object.keys(a.bubble) as (keyof Bubble)[]).every((key) => a.bubble[key] === b.bubble[key]);
}
