import { type MouseEvent, memo } from "react";
import { gist } from "../../model/preview";
import { nameIn, partner } from "../../model/select";
import type { Conversation } from "../../model/types";
import { t } from "../../texts";
import { gistText } from "../../texts.files";
import { Avatar } from "../../ui/Avatar";
import { Icon } from "../../ui/Icon";
import { ago } from "../format";
import { useChat } from "../hooks";
import { openConversation } from "../router";
import styles from "./ConversationRow.module.css";

interface Props {
  conversation: Conversation;
  open: boolean;
}

/** One line of the list: who, the newest message, when, and how many are unread. A real link, so it opens in a new tab too. */
export const ConversationRow = memo(function ConversationRow({ conversation, open }: Props) {
  const me = useChat((state) => state.me?.id);
  const other = partner(conversation, me);
  const online = useChat((state) => other !== null && state.online[other.id] === true);
  // In a group what they write is folded, here as well.
  const folded = useChat(
    (state) => conversation.type === "group" && state.blocked[conversation.last?.senderId ?? ""] === true,
  );
  const draft = useChat((state) => (open ? "" : (state.drafts[conversation.id] ?? "")));
  const { id, unread, last, name } = conversation;
  const classes = [
    styles.row,
    open && styles.open,
    unread > 0 && styles.unread,
    conversation.muted && styles.muted,
  ];
  function onClick(event: MouseEvent) {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    openConversation(id);
  }
  return (
    <a
      href={`/c/${encodeURIComponent(id)}`}
      className={classes.filter(Boolean).join(" ")}
      aria-current={open ? "page" : undefined}
      data-testid="conversation-row"
      data-conversation-id={id}
      data-muted={conversation.muted || undefined}
      onClick={onClick}
    >
      <Avatar
        id={other?.id ?? id}
        name={name}
        image={other?.image ?? conversation.avatarUrl}
        size={38}
        square={conversation.type === "group"}
        online={online}
      />
      <span className={styles.name} dir="auto">
        {name}
        {conversation.muted && (
          <span className={styles.bell}>
            <Icon name="bellOff" size={14} />
            <span className="hidden">, {t.mute.muted}</span>
          </span>
        )}
      </span>
      {online && <span className="hidden">, {t.list.online}</span>}
      {last && (
        <time className={styles.time} dateTime={last.at}>
          {ago(last.at)}
        </time>
      )}
      <span className={styles.preview}>
        {draft ? (
          <>
            <em className={styles.draft}>{t.list.draft}</em> {oneLine(draft)}
          </>
        ) : folded && conversation.last?.type !== "SYSTEM" ? (
          t.block.folded
        ) : (
          preview(conversation, me)
        )}
      </span>
      {unread > 0 && (
        <span className={styles.badge} data-testid="unread-badge" aria-hidden="true">
          {conversation.mentioned && "@ "}
          {unread > 999 ? "999+" : unread}
        </span>
      )}
      {unread > 0 && <span className="hidden">{t.list.unread(unread)}</span>}
      {unread > 0 && conversation.mentioned && <span className="hidden">{t.mentioned}</span>}
    </a>
  );
});

function preview(conversation: Conversation, me: string | undefined): string {
  const { last } = conversation;
  if (!last) return t.list.noMessages;
  const text = gistText(gist(last)) || (last.type === "SYSTEM" ? t.list.systemPreview : t.quote.deleted);
  if (last.type === "SYSTEM") return text;
  if (last.senderId === me) return `${t.list.you}: ${text}`;
  const sender = conversation.type === "group" ? nameIn(conversation, last.senderId) : null;
  return sender ? `${sender.split(" ")[0]}: ${text}` : text;
}

function oneLine(text: string): string {
  return text.slice(0, 200).replace(/\s+/g, " ").trim();
}
