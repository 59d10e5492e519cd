import { partner } from "../../model/select";
import type { Conversation } from "../../model/types";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { IconButton } from "../../ui/Button";
import { useDialog } from "../app/dialogs";
import { useSearchPanel } from "../app/panel";
import { useChat } from "../hooks";
import { navigate } from "../router";
import { ConversationMenu } from "./ConversationMenu";
import styles from "./Header.module.css";

/** Who one is talking to. */
export function Header({ conversation }: { conversation: Conversation }) {
  const me = useChat((state) => state.me?.id);
  const openDialog = useDialog();
  const openSearch = useSearchPanel();
  const other = partner(conversation, me);
  const othersOnline = useChat(
    (state) => conversation.members.filter((m) => m.userId !== me && state.online[m.userId]).length,
  );
  const group = conversation.type === "group";
  return (
    <header className={styles.header}>
      <IconButton
        icon="back"
        label={t.back}
        className={styles.back}
        onClick={() => navigate({ name: "home" })}
      />
      <Avatar
        id={other?.id ?? conversation.id}
        name={conversation.name}
        image={other?.image ?? conversation.avatarUrl}
        size={34}
        square={group}
        online={!group && othersOnline > 0}
      />
      <div className={styles.who}>
        <h1 className={styles.name} dir="auto">
          {conversation.name}
        </h1>
        <p className={styles.about}>
          {group ? (
            <>
              {t.conversation.members(conversation.memberCount)}
              {othersOnline > 0 && ` · ${t.conversation.onlineCount(othersOnline)}`}
            </>
          ) : (
            <>
              {othersOnline > 0 ? t.conversation.online : t.conversation.offline}
              {other?.about && ` · ${other.about}`}
            </>
          )}
        </p>
      </div>
      {group && (
        <IconButton
          icon="people"
          label={t.conversation.memberList}
          onClick={() => openDialog({ name: "details", conversationId: conversation.id })}
        />
      )}
      <IconButton
        icon="search"
        label={t.search.inConversation}
        className={styles.search}
        onClick={() => openSearch(conversation.id)}
      />
      <ConversationMenu conversation={conversation} />
    </header>
  );
}
