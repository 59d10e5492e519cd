import { partner } from "../../model/select";
import type { Conversation } from "../../model/types";
import { t } from "../../texts";
import { Menu, type MenuItem } from "../../ui/Menu";
import { useDialog } from "../app/dialogs";
import { useSearchPanel } from "../app/panel";
import { useChat, useClient } from "../hooks";
import { useMishap } from "../status/mishap";
import { tomorrowMorning } from "./mute";

const HOUR_MS = 3_600_000;

/** What one can do with a conversation as a whole. */
export function ConversationMenu({ conversation }: { conversation: Conversation }) {
  const { chat } = useClient();
  const { id, type, muted, unread } = conversation;
  const me = useChat((state) => state.me?.id);
  const other = partner(conversation, me);
  const blocked = useChat((state) => other !== null && state.blocked[other.id] === true);
  const openDialog = useDialog();
  const openSearch = useSearchPanel();
  const tell = useMishap();
  const mute = (until: string | null) => void chat.own.mute(id, true, until).then(tell);
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

  const items: MenuItem[] = [
    { label: t.search.inConversation, icon: "search", onSelect: () => openSearch(id) },
  ];
  if (other)
    items.push({
      label: t.profile.show,
      icon: "people",
      onSelect: () => openDialog({ name: "profile", personId: other.id }),
    });
  else
    items.push({
      label: t.group.title,
      icon: "settings",
      onSelect: () => openDialog({ name: "details", conversationId: id }),
    });
  if (unread > 0)
    items.push({ label: t.mute.markRead, icon: "checks", onSelect: () => void chat.markRead(id) });
  if (muted)
    items.push({
      label: t.mute.off,
      icon: "bell",
      apart: true,
      onSelect: () => void chat.own.mute(id, false).then(tell),
    });
  else
    items.push(
      { label: t.mute.hour, icon: "bellOff", apart: true, onSelect: () => mute(inMs(HOUR_MS)) },
      { label: t.mute.workday, icon: "bellOff", onSelect: () => mute(inMs(8 * HOUR_MS)) },
      {
        label: t.mute.tomorrow,
        icon: "bellOff",
        onSelect: () => mute(tomorrowMorning(new Date()).toISOString()),
      },
      { label: t.mute.always, icon: "bellOff", onSelect: () => mute(null) },
    );
  items.push({
    label: t.clear.action,
    icon: "close",
    apart: true,
    danger: true,
    onSelect: () => openDialog({ name: "clear", conversationId: id }),
  });
  if (other)
    items.push({
      label: blocked ? t.block.off(other.name) : t.block.on(other.name),
      icon: "block",
      danger: !blocked,
      onSelect: () => void chat.own.block(other.id, !blocked).then(tell),
    });
  if (type === "group")
    items.push({
      label: t.group.leave,
      icon: "leave",
      danger: true,
      onSelect: () => openDialog({ name: "leave", conversationId: id }),
    });
  return <Menu label={t.conversation.more} icon="more" items={items} />;
}
