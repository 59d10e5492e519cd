/** Groups, people, blocks, mutes and notifications. */
const people = (n: number) => `${n.toLocaleString("en")} ${n === 1 ? "person" : "people"}`;

export const group = {
  title: "Group settings",
  name: "Group name",
  save: "Save",
  readOnly: "Only group admins can change the group.",
  historyTitle: "What people who are added may read",
  history: {
    joined: "Only what is written after they are added",
    all: "Everything that was ever written here",
  },
  historyNow: {
    joined: "People who are added read only what is written afterwards.",
    all: "People who are added read everything that was ever written here.",
  },
  members: (n: number) => `Members (${n.toLocaleString("en")})`,
  searchMembers: "Find a member",
  nobody: (q: string) => `No member matches “${q}”.`,
  loadingMembers: "Loading all members",
  add: "Add people",
  addTitle: (name: string) => `Add people to ${name}`,
  addAction: (n: number) => (n === 0 ? "Add" : `Add ${people(n)}`),
  already: "already a member",
  actions: (name: string) => `Actions for ${name}`,
  promote: "Make group admin",
  demote: "Make ordinary member",
  remove: "Remove from the group",
  leave: "Leave the group",
  leaveTitle: (name: string) => `Leave ${name}?`,
  leaveText:
    "You no longer get its messages, and the conversation disappears from your list. An admin can add you again.",
  leaveLastAdmin: "You are its only admin: the member who has been here longest becomes admin.",
  leaveLastMember: "You are its last member: nobody can open the group any more.",
};

export const mute = {
  off: "Unmute",
  hour: "Mute for 1 hour",
  workday: "Mute for 8 hours",
  tomorrow: "Mute until tomorrow morning",
  always: "Mute until I unmute it",
  muted: "muted",
  until: (when: string) => `Muted until ${when}`,
  markRead: "Mark as read",
};

export const clear = {
  action: "Clear the history",
  title: "Clear the history?",
  text: (name: string) =>
    `All messages with ${name} disappear for you, on all your devices. The others keep them. This cannot be undone.`,
  textGroup: (name: string) =>
    `All messages in ${name} disappear for you, on all your devices. The others keep them. This cannot be undone.`,
  confirm: "Clear for me",
};

export const block = {
  on: (name: string) => `Block ${name}`,
  off: (name: string) => `Unblock ${name}`,
  unblock: "Unblock",
  bar: (name: string) => `You blocked ${name}. You get no messages from each other.`,
  explain:
    "They cannot write to you directly, and are not told that you blocked them. In groups, what they write is folded.",
  folded: "Message from somebody you blocked",
  show: "Show",
  listTitle: "People you blocked",
  none: "You have blocked nobody.",
};

export const profile = {
  show: "Show profile",
  title: "Profile",
  message: "Message",
  you: "This is you.",
  unknown: "This person is not in the directory any more.",
  open: (name: string) => `Profile of ${name}`,
};

export const notify = {
  title: "Notifications",
  about: "Tell me of",
  messages: "New messages",
  mentions: "Mentions of me, and answers to me",
  reactions: "Reactions to my messages",
  memberActivity: "People who join or leave my groups",
  how: "How",
  browser: "Show notifications on this computer",
  browserHint: "Shown by the browser while TMS Chat is open in a tab that you are not looking at.",
  ask: "Allow in this browser",
  askHint: "The browser will ask you once whether this page may show notifications.",
  denied:
    "This browser blocks notifications of this page. Allow them in its settings for this site, beside the address.",
  unsupported: "This browser shows no notifications for pages like this one.",
  sound: "Play a sound",
  volume: "Volume",
  tryIt: "Try",
  dnd: "Do not disturb",
  dndHint: (zone: string) => `Every day between these times (${zone}) nothing is shown and nothing sounds.`,
  dndFrom: "From",
  dndTo: "To",
  failed: "Your preferences could not be loaded.",
  message: (n: number) => `${n} new`,
  reaction: (name: string) => `${name} reacted to your message`,
  members: "The members of the group changed",
  inGroup: (name: string, group: string) => `${name} in ${group}`,
};
