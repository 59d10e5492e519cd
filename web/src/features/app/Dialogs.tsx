import { HelpDialog } from "../help/HelpDialog";
import { InviteDialog } from "../people/InviteDialog";
import { NewGroupDialog } from "../people/NewGroupDialog";
import { NewMessageDialog } from "../people/NewMessageDialog";
import { SettingsDialog } from "../settings/SettingsDialog";
import { SwitcherDialog } from "../switcher/SwitcherDialog";
import type { DialogName } from "./dialogs";

const dialogs: Record<DialogName, (props: { onClose: () => void }) => React.ReactNode> = {
  message: NewMessageDialog,
  group: NewGroupDialog,
  invite: InviteDialog,
  settings: SettingsDialog,
  help: HelpDialog,
  switcher: SwitcherDialog,
};

export default function Dialogs({ name, onClose }: { name: DialogName; onClose: () => void }) {
  const Chosen = dialogs[name];
  return <Chosen key={name} onClose={onClose} />;
}
