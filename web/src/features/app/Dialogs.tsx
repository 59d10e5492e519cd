import { useEffect } from "react";
import { ClearDialog } from "../conversation/ClearDialog";
import { AddPeopleDialog } from "../groups/AddPeopleDialog";
import { DetailsDialog } from "../groups/DetailsDialog";
import { LeaveDialog } from "../groups/LeaveDialog";
import { HelpDialog } from "../help/HelpDialog";
import { useChat } from "../hooks";
import { InviteDialog } from "../people/InviteDialog";
import { NewGroupDialog } from "../people/NewGroupDialog";
import { NewMessageDialog } from "../people/NewMessageDialog";
import { ProfileDialog } from "../profile/ProfileDialog";
import { SettingsDialog } from "../settings/SettingsDialog";
import { SwitcherDialog } from "../switcher/SwitcherDialog";
import type { DialogAbout, DialogName, DialogRequest } from "./dialogs";

const dialogs: Record<DialogName, (props: { onClose: () => void }) => React.ReactNode> = {
  message: NewMessageDialog,
  group: NewGroupDialog,
  invite: InviteDialog,
  settings: SettingsDialog,
  help: HelpDialog,
  switcher: SwitcherDialog,
};

interface Props {
  request: DialogRequest;
  onClose: () => void;
}

export default function Dialogs({ request, onClose }: Props) {
  if (typeof request !== "string")
    return <About key={JSON.stringify(request)} request={request} onClose={onClose} />;
  const Chosen = dialogs[request];
  return <Chosen key={request} onClose={onClose} />;
}

const aboutConversation = {
  details: DetailsDialog,
  add: AddPeopleDialog,
  leave: LeaveDialog,
  clear: ClearDialog,
};

function About({ request, onClose }: { request: DialogAbout; onClose: () => void }) {
  const id = request.name === "profile" ? null : request.conversationId;
  const conversation = useChat((state) => (id ? state.conversations[id] : undefined));
  if (request.name === "profile") return <ProfileDialog personId={request.personId} onClose={onClose} />;
  // One may be taken out of the group meanwhile.
  if (!conversation) return <Gone onClose={onClose} />;
  const Chosen = aboutConversation[request.name];
  return <Chosen conversation={conversation} onClose={onClose} />;
}

function Gone({ onClose }: { onClose: () => void }) {
  useEffect(onClose, [onClose]);
  return null;
}
