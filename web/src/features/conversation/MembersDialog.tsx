import type { Conversation } from "../../model/types";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Dialog } from "../../ui/Dialog";
import { useChat } from "../hooks";
import styles from "./MembersDialog.module.css";

export function MembersDialog({
  conversation,
  onClose,
}: {
  conversation: Conversation;
  onClose: () => void;
}) {
  const me = useChat((state) => state.me?.id);
  const online = useChat((state) => state.online);
  return (
    <Dialog title={t.conversation.members(conversation.memberCount)} closeLabel={t.close} onClose={onClose}>
      <ul className={styles.list}>
        {conversation.members.map(({ userId, person, role }) => (
          <li key={userId} className={styles.member}>
            <Avatar
              id={userId}
              name={person.name}
              image={person.image}
              size={34}
              online={online[userId] === true}
            />
            <span className={styles.name} dir="auto">
              {person.name}
              {userId === me && ` (${t.list.you})`}
            </span>
            <span className={styles.about}>{role === "admin" ? t.conversation.admin : person.about}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
