import { useState } from "react";
import { membersMatching } from "../../model/select";
import type { Conversation, Failure, Member } from "../../model/types";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Menu, type MenuItem } from "../../ui/Menu";
import { Spinner } from "../../ui/Spinner";
import { useDialog } from "../app/dialogs";
import { useChat, useClient } from "../hooks";
import styles from "./DetailsDialog.module.css";

/** So many are looked through at a glance. */
const SEARCHED_FROM = 12;
/** Drawn at once; who looks for somebody in a thousand types a letter. */
const DRAWN = 100;

interface Props {
  conversation: Conversation;
  admin: boolean;
  me: string;
  onFailure: (failure: Failure | null) => void;
}

export function MemberList({ conversation, admin, me, onFailure }: Props) {
  const { id, members, memberCount } = conversation;
  const openDialog = useDialog();
  const [query, setQuery] = useState("");
  const [most, setMost] = useState(DRAWN);
  const found = membersMatching(members, query);
  return (
    <section className={styles.members} aria-label={t.conversation.memberList}>
      <header className={styles.membersHead}>
        <h3 className={styles.heading}>{t.group.members(memberCount)}</h3>
        {admin && (
          <Button look="quiet" icon="group" onClick={() => openDialog({ name: "add", conversationId: id })}>
            {t.group.add}
          </Button>
        )}
      </header>
      {memberCount >= SEARCHED_FROM && (
        <input
          type="search"
          className={styles.find}
          aria-label={t.group.searchMembers}
          placeholder={t.group.searchMembers}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      )}
      {members.length < memberCount && <Spinner label={t.group.loadingMembers} />}
      {found.length === 0 && <p className={styles.note}>{t.group.nobody(query.trim())}</p>}
      <ul>
        {found.slice(0, most).map((member) => (
          <MemberRow
            key={member.userId}
            conversationId={id}
            member={member}
            mine={member.userId === me}
            admin={admin}
            onFailure={onFailure}
          />
        ))}
      </ul>
      {found.length > most && (
        <Button look="quiet" onClick={() => setMost(most + DRAWN)}>
          {t.search.more}
        </Button>
      )}
    </section>
  );
}

interface RowProps {
  conversationId: string;
  member: Member;
  mine: boolean;
  admin: boolean;
  onFailure: (failure: Failure | null) => void;
}

function MemberRow({ conversationId, member, mine, admin, onFailure }: RowProps) {
  const { chat } = useClient();
  const { userId, person, role } = member;
  const openDialog = useDialog();
  const online = useChat((state) => state.online[userId] === true);
  const run = async (call: Promise<Failure | null>) => onFailure(await call);
  const items: MenuItem[] = [
    role === "admin"
      ? {
          label: t.group.demote,
          icon: "people",
          onSelect: () => void run(chat.groups.setRole(conversationId, userId, "member")),
        }
      : {
          label: t.group.promote,
          icon: "people",
          onSelect: () => void run(chat.groups.setRole(conversationId, userId, "admin")),
        },
  ];
  if (!mine)
    items.push({
      label: t.group.remove,
      icon: "leave",
      danger: true,
      onSelect: () => void run(chat.groups.remove(conversationId, userId)),
    });
  return (
    <li className={styles.member} data-testid="member" data-user-id={userId}>
      <button
        type="button"
        className={styles.person}
        aria-label={t.profile.open(person.name)}
        onClick={() => openDialog({ name: "profile", personId: userId })}
      >
        <Avatar id={userId} name={person.name} image={person.image} size={34} online={online} />
        <span className={styles.who}>
          <span className={styles.memberName} dir="auto">
            {person.name}
            {mine && ` (${t.list.you})`}
          </span>
          <span className={styles.note}>{person.about}</span>
        </span>
      </button>
      {role === "admin" && <span className={styles.role}>{t.conversation.admin}</span>}
      {admin && <Menu label={t.group.actions(person.name)} icon="more" items={items} />}
    </li>
  );
}
