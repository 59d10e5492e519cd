/** Every sentence of the client, in one place. */
import type { Diagnosis } from "./model/diagnose";
import type { Failure } from "./model/types";
import { entry } from "./texts.entry";
import { files } from "./texts.files";
import { jump, search } from "./texts.finding";
import * as groups from "./texts.groups";
import * as messages from "./texts.messages";

const plural = (n: number, one: string, many: string) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

export const t = {
  product: "TMS Chat",
  loading: "Loading",
  cancel: "Cancel",
  close: "Close",
  back: "Back to conversations",
  tryAgain: "Try again",
  skip: "Skip to the message box",

  entry,
  files,
  ...messages,
  jump,
  search,
  ...groups,

  list: {
    region: "Conversations",
    search: "Search conversations",
    newMessage: "New message",
    newGroup: "New group",
    noneFound: (q: string) => `No conversation matches “${q}”.`,
    emptyTitle: "No conversations yet",
    emptyColleagues: "Write to somebody to start one.",
    failed: "The conversations could not be loaded.",
    unread: (n: number) => plural(n, "unread message", "unread messages"),
    you: "You",
    noMessages: "No messages yet",
    draft: "Draft:",
    online: "online",
    systemPreview: "Notice",
    settings: "Settings",
    help: "Keys",
    invite: "Invite people",
  },

  home: {
    aloneTitle: (name: string) => `Welcome, ${name}`,
    alone: "You are the first one here. Invite a colleague, and you can talk as soon as they open the link.",
    inviteColleague: "Invite a colleague",
    pickTitle: "Pick a conversation",
    pick: "Choose one on the left, or start a new one.",
    startOne: "Write to somebody",
    keyHint: "to jump to any conversation",
  },

  conversation: {
    region: "Conversation",
    log: (name: string) => `Messages with ${name}`,
    members: (n: number) => plural(n, "member", "members"),
    memberList: "Members",
    more: "Conversation menu",
    online: "Online",
    offline: "Offline",
    onlineCount: (n: number) => `${n} online`,
    admin: "Group admin",
    unknownTitle: "No such conversation",
    unknown: "It does not exist, or you are not a member of it.",
    leftTitle: "You are no longer in this conversation",
    left: (name: string) => `You are not a member of “${name}” any more. Its messages no longer reach you.`,
    toList: "Go to my conversations",
    failed: "The messages could not be loaded.",
    beginDm: (name: string) => `This is the beginning of your conversation with ${name}.`,
    beginGroup: (name: string) => `This is the beginning of ${name}.`,
    beginHint: "Say hello: the first message is yours to write.",
    newLine: "New",
    newBelow: (n: number) => `${n} new`,
    toBottom: "Jump to the newest message",
    loadingOlder: "Loading older messages",
    today: "Today",
    yesterday: "Yesterday",
    deleted: "This message was deleted.",
    edited: "edited",
    by: (name: string, time: string) => `${name} at ${time}`,
    own: (time: string) => `You at ${time}`,
    announce: (name: string, text: string) => `${name}: ${text}`,
    typing: (names: readonly string[]) => {
      if (names.length === 1) return `${names[0]} is typing`;
      if (names.length === 2) return `${names[0]} and ${names[1]} are typing`;
      return "Several people are typing";
    },
  },

  message: {
    pending: "Sending",
    sent: "Sent",
    delivered: "Delivered",
    read: "Read",
    retry: "Retry",
    edit: "Edit",
    remove: "Delete",
    failure: (failure: Failure) => {
      if (failure.code === "timeout") return "Not sent: the server did not answer in time.";
      if (failure.status === 0) return "Not sent: the server cannot be reached.";
      return `Not sent: ${failure.detail || `the server answered with an error (${failure.status}).`}`;
    },
  },

  composer: {
    label: (name: string) => `Message ${name}`,
    send: "Send",
    left: (n: number) => `${n.toLocaleString("en")} left`,
    over: (n: number) => `${n.toLocaleString("en")} too many`,
    overHint: "Shorten the message or send it in two parts. Nothing is cut off.",
  },

  people: {
    newMessageTitle: "New message",
    newGroupTitle: "New group",
    search: "Search people",
    searchHint: "Name, e-mail, position or department",
    groupName: "Group name",
    groupNameHint: "For example: Launch team",
    results: "People",
    chosen: "Chosen",
    remove: (name: string) => `Remove ${name}`,
    nobody: "Nobody is here yet besides you.",
    allThere: "Everybody here is a member already.",
    nobodyFound: (q: string) => `Nobody matches “${q}”.`,
    start: "Start conversation",
    create: "Create group",
    full: (n: number) => `A new group begins with at most ${n} members.`,
    count: (n: number) => plural(n, "person", "people"),
    needName: "Give the group a name.",
    needPeople: "Choose at least one person.",
  },

  invite: {
    title: "Invite people",
    lead: "Anybody who opens the link can make an account on this server. Send it only to people you want here.",
    uses: "Works for",
    usesOption: (n: number) => (n === 1 ? "One person" : `${n} people`),
    expiry: "Expires after",
    days: (n: number) => plural(n, "day", "days"),
    create: "Create link",
    another: "Create another link",
    link: "Invitation link",
    copy: "Copy",
    copied: "Copied",
    once: "The link is shown only now. Copy it before you close this.",
    listTitle: "Open invitations",
    none: "No open invitations.",
    used: (uses: number, max: number) => `${uses} of ${max} used`,
    until: (date: string) => `until ${date}`,
    revoke: "Revoke",
    revokeLabel: (made: string) => `Revoke the invitation ${made}`,
  },

  settings: {
    title: "Settings",
    profile: "Profile",
    role: { ADMIN: "Administrator", LEADER: "Leader", MEMBER: "Member" },
    changePassword: "Change password",
    current: "Current password",
    next: "New password",
    changed: "Your password is changed. You are signed out everywhere else.",
    signOut: "Sign out",
    about: (version: string) => `TMS Chat ${version}`,
  },

  switcher: {
    title: "Jump to a conversation",
    placeholder: "Name of a person or group",
    none: (q: string) => `Nothing matches “${q}”.`,
  },

  help: {
    title: "Keys",
    control: /Mac|iPhone|iPad/.test(globalThis.navigator?.userAgent ?? "") ? "⌘" : "Ctrl",
    rows: {
      switcher: "Jump to a conversation",
      next: "Next conversation",
      previous: "Previous conversation",
      nextUnread: "Next unread conversation",
      previousUnread: "Previous unread conversation",
      search: "Search in this conversation",
      searchAll: "Search everywhere",
      editLast: "Edit your last message, from an empty box",
      send: "Send the message",
      newline: "New line in the message",
      close: "Close a dialog, cancel an edit or an answer",
      help: "Show this sheet",
    },
  },

  connection: {
    retryNow: "Retry now",
    connecting: "Connecting…",
    lost: "The connection was lost.",
    retryIn: (seconds: number) => (seconds > 0 ? `Next try in ${seconds} s.` : "Trying again…"),
    since: (time: string) => `Offline since ${time}.`,
    queue: "What you write is kept and will be sent.",
  },

  fatal: {
    keepsTrying: "This page looks again every few seconds and goes on by itself.",
    retry: "Try again now",
    reload: "Reload the page",
    bugTitle: "Something in this page broke",
    bug: "That is our mistake. What you wrote is kept: reload the page to go on.",
    titles: {
      config_file: "The client's configuration cannot be read",
      offline: "There is no network",
      unreachable: "The server cannot be reached",
      origin: "The server does not accept this page",
      path: "The live connection has the wrong address",
      mixed: "The server's address is not secure",
      not_chat: "There is no TMS Chat at this address",
      busy: "The server asks to wait",
      broken: "The server reports an error",
      said: "The server refused the connection",
      interrupted: "The connection was interrupted",
    } satisfies Record<Diagnosis["kind"] | "config_file", string>,
  },

  failure: (failure: Failure): string => {
    if (failure.code === "timeout") return "The server did not answer in time. Please try again.";
    if (failure.status === 0) return "The server cannot be reached. Please try again.";
    if (failure.status === 429 && failure.retryAfter) {
      const minutes = Math.ceil(failure.retryAfter / 60);
      const wait =
        failure.retryAfter < 90
          ? plural(failure.retryAfter, "second", "seconds")
          : plural(minutes, "minute", "minutes");
      return `Too many attempts. Please wait ${wait}.`;
    }
    return failure.detail || `The server answered with an error (${failure.status}).`;
  },
};

/** One sentence that says what is wrong, and for what a person must change, what and where. */
export function explain(why: Diagnosis | { kind: "config_file"; said: string }): string {
  switch (why.kind) {
    case "config_file":
      return why.said;
    case "offline":
      return "This device has no network connection.";
    case "unreachable":
      return `The server at ${why.server} does not answer.`;
    case "origin":
      return `The server at ${why.server} answers, but does not accept pages from ${why.page}. Add ${why.page} to ALLOWED_ORIGINS on the server and restart it.`;
    case "path":
      return path(why);
    case "mixed":
      return `This page is secure (${why.page}), but the server's address is not (${why.server}), so the browser blocks it. Give the server an https address.`;
    case "not_chat":
      return why.sameOrigin
        ? `Nothing at ${why.server} answers as a TMS Chat server. If the server lives elsewhere, name it in /config.json beside this page as NEXT_PUBLIC_API_URL.`
        : `${why.server} answers, but not as a TMS Chat server. Check NEXT_PUBLIC_API_URL in /config.json.`;
    case "busy":
      return `The server at ${why.server} is busy${why.retryAfter ? ` and asks to wait ${why.retryAfter} s` : ""}.`;
    case "broken":
      return why.status > 0
        ? `The server at ${why.server} answers with an error (${why.status}). Its log says more.`
        : `The server at ${why.server} stopped answering.`;
    case "said":
      return `The server refused the live connection: ${why.sentence}`;
    case "interrupted":
      return "The connection was interrupted.";
  }
}

function path({ server, used, right, said }: Extract<Diagnosis, { kind: "path" }>): string {
  if (said)
    return `The live connection to ${server}${used} fails. The server says: ${said} Correct NEXT_PUBLIC_WS_URL.`;
  if (right)
    return `There is no live connection at ${used} on ${server}: the right path is ${right}. Correct NEXT_PUBLIC_WS_URL.`;
  return `There is no live connection at ${used} on ${server}. Check the path in NEXT_PUBLIC_WS_URL.`;
}
