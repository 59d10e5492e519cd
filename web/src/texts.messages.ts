/** What can be done with messages, and what hangs on them. */
import type { ChangeKind, Note } from "./model/overlay";

const failed: Record<ChangeKind, string> = {
  edit: "Your change is not saved",
  remove: "The message is not deleted",
  react: "Your reaction is not saved",
  vote: "Your vote is not saved",
  close: "The poll is not closed",
};

function reason({ failure }: Note): string {
  if (failure.code === "timeout") return "the server did not answer in time.";
  if (failure.status === 0) return "the server cannot be reached.";
  return failure.detail || `the server answered with an error (${failure.status}).`;
}

const votes = (n: number) => (n === 1 ? "1 vote" : `${n.toLocaleString("en")} votes`);

export const actions = {
  toolbar: "Message actions",
  react: "React",
  reply: "Reply",
  edit: "Edit",
  more: "More",
  copyText: "Copy text",
  copyLink: "Copy link",
  copied: "Copied",
  seenBy: "Seen by",
  remove: "Delete…",
  failed: (note: Note) => `${failed[note.kind]}: ${reason(note)}`,
  dismiss: "Dismiss",
  discard: "Discard",
  deleteTitle: "Delete this message?",
  deleteLead: "For everyone: its text is erased, and people see only that something was deleted.",
  deleteLeadMine: "It goes away on all your devices. The others keep it.",
  forEveryone: "Delete for everyone",
  forMe: "Delete for me",
};

export const reactions = {
  region: "Reactions",
  add: "Add a reaction",
  chip: (emoji: string, n: number, names: string) =>
    `${emoji} ${n === 1 ? "1 reaction" : `${n} reactions`}: ${names}`,
  who: (emoji: string, names: string) => `${names} reacted with ${emoji}`,
  you: "you",
  someone: "somebody",
  search: "Search emoji",
  quick: "Often used",
  none: (q: string) => `No emoji is called “${q}”.`,
  with: (name: string) => `React with ${name}`,
  picker: "Pick an emoji",
  insert: "Insert an emoji",
};

export const quote = {
  to: (name: string) => `Reply to ${name}`,
  toSelf: "Reply to yourself",
  jump: (name: string) => `Go to the message of ${name}`,
  deleted: "This message was deleted.",
  unseen: "A message you cannot see",
};

export const composing = {
  editing: "Editing your message",
  replying: (name: string) => `Replying to ${name}`,
  cancel: "Cancel",
  save: "Save",
  suggestions: "Suggestions",
  everyone: "Everyone in this conversation",
  emoji: "Emoji",
  poll: "New poll",
};

export const receipts = {
  title: "Seen by",
  read: "Read",
  delivered: "Delivered",
  sent: "Not delivered yet",
  nobody: "Nobody yet",
  open: (state: string) => `${state}. Show who has seen it`,
  large: (n: number) => (n === 0 ? "Nobody is known to have read it yet." : `At least ${n} have read it.`),
  all: "Everybody has read it.",
};

export const polls = {
  poll: "Poll",
  multiple: "several answers possible",
  closed: "closed",
  ends: (when: string) => `ends ${when}`,
  ended: (when: string) => `ended ${when}`,
  votes,
  people: (n: number) => (n === 1 ? "1 person voted" : `${n.toLocaleString("en")} people voted`),
  option: (text: string, n: number, percent: number) => `${text}: ${votes(n)}, ${percent} %`,
  who: "Who voted for what",
  nobody: "nobody",
  close: "Close the poll",
  last: "A vote can be changed, not taken back.",
  title: "New poll",
  question: "Question",
  questionHint: "For example: Where do we have lunch?",
  options: "Answers",
  optionLabel: (n: number) => `Answer ${n}`,
  addOption: "Add an answer",
  removeOption: (n: number) => `Remove answer ${n}`,
  allowMultiple: "Several answers may be chosen",
  expiry: "Ends",
  never: "When I close it",
  hours: (n: number) => (n === 1 ? "In an hour" : `In ${n} hours`),
  days: (n: number) => (n === 1 ? "In a day" : `In ${n} days`),
  create: "Ask",
  needQuestion: "Write a question.",
  needOptions: "Write at least two different answers.",
};

export const mentioned = "you are mentioned";

/** On the help sheet. */
export const messageKeys = {
  walk: "From message to message",
  menu: "What can be done with a message",
  reply: "Reply to it",
  edit: "Edit it",
  react: "React to it",
  remove: "Delete it",
  read: "Mark all as read",
};

export const unreadBar = {
  since: (n: number, time: string) => `${n.toLocaleString("en")} new since ${time}`,
  many: (n: number) => `${n.toLocaleString("en")} new`,
  jump: "Jump",
  markRead: "Mark as read",
};
