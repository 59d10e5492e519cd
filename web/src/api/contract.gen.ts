// Made by `make contract` from the server's schemas: do not edit it by hand.

/**
 */
export type JsonValue = unknown;

export interface Contract {}
/**
 * Somebody the caller does not want to hear from.
 */
export interface Block {
  user_id: string;
  user: PublicProfile;
  created_at: string;
}
/**
 * What a message, a member or a creator shows of a person: an empty string instead of null, no phone number.
 */
export interface PublicProfile {
  id: string;
  tms_user_id: string;
  email: string;
  first_name: string;
  last_name: string;
  middle_name: string;
  username: string;
  name: string;
  image: string;
  role: "ADMIN" | "LEADER" | "MEMBER";
  position_title: string;
  division: string;
  department: string;
}
/**
 * Whom.
 */
export interface BlockRequest {
  user_id: string;
}
/**
 * Everybody the caller blocked, the newest first.
 */
export interface Blocks {
  blocks: Block[];
  total: number;
}
/**
 * An event as the socket sends it: its name, and its body in snake_case, with what is true now in it.
 */
export interface CaughtUpEvent {
  name: string;
  body: {
    [k: string]: JsonValue;
  };
}
/**
 * One dependency, really exercised.
 */
export interface Check {
  status: "ok" | "degraded" | "failed";
  detail: string;
  ms: number;
}
/**
 * How many messages are hidden for the caller now that were shown before.
 */
export interface Cleared {
  success: boolean;
  message: string;
  deleted_count: number;
}
/**
 * A one-time code from the callback address.
 */
export interface CodeRequest {
  code?: string | null;
}
/**
 * Everything a client needs to begin.
 */
export interface Config {
  socketPath: string;
  apiBase: string;
  epoch: string;
  version: string;
  identity: Identity;
  limits: Limits;
}
/**
 * `kinds` of login: `local` accounts or the `host` product's; whether the first account is still to be made.
 */
export interface Identity {
  kinds: string[];
  setupRequired: boolean;
  host: HostLogin | null;
}
/**
 * How people sign in at the host: its name, the page to go to (`callbackUrl` is appended), and whether
 * `/auth/login/credentials` takes its passwords.
 */
export interface HostLogin {
  name: string;
  signInUrl: string | null;
  passwords: boolean;
}
/**
 * Bounds a client can tell its user about before sending.
 */
export interface Limits {
  messageLength: number;
  messageBytes: number;
  nameLength: number;
  groupMembers: number;
  fileBytes: number;
  avatarBytes: number;
  avatarTypes: string[];
  /**
   * Files with a name that ends like this are not taken; others may still be, for what is in them.
   */
  refusedEndings: string[];
  passwordMinLength: number;
  passwordMaxLength: number;
}
/**
 * A conversation as one member sees it. Lists carry at most 50 members, the detail all of them.
 */
export interface Conversation {
  id: string;
  type: "dm" | "group";
  name: string | null;
  display_name: string;
  avatarUrl: string | null;
  createdBy: string | null;
  createdAt: string;
  updatedAt: string;
  members: Member[];
  memberCount: number;
  unreadCount: number;
  isMuted: boolean;
  lastMessage: LastMessage | null;
  creator: PublicProfile | null;
}
/**
 * One member; `user` is snake_case everywhere. The mute is shown to its owner only.
 */
export interface Member {
  userId: string;
  role: "admin" | "member";
  joinedAt: string;
  lastReadAt: string | null;
  isMuted: boolean;
  muteUntil: string | null;
  user: PublicProfile;
}
/**
 * The newest message in a list row; `content` is always a string, the sender's id comes under both names.
 */
export interface LastMessage {
  id: string;
  content: string;
  type: "TEXT" | "IMAGE" | "FILE" | "VOICE" | "POLL" | "CALL" | "SYSTEM";
  sender_id: string;
  senderId: string;
  timestamp: string;
  encrypted: boolean;
}
/**
 * Last activity first, never-used ones last.
 */
export interface ConversationPage {
  data: Conversation[];
  pagination: Pagination;
}
/**
 * `next_cursor` is opaque; null on the last page.
 */
export interface Pagination {
  next_cursor: string | null;
  has_more: boolean;
  limit: number;
}
/**
 * A new conversation. `dm`: one other person; `group`: a name and up to a hundred others.
 */
export interface ConversationRequest {
  type: "dm" | "group";
  /**
   * @minItems 1
   * @maxItems 100
   */
  member_ids: [string, ...string[]];
  name?: string | null;
  avatar_url?: string | null;
  history_visibility?: "joined" | "all";
}
/**
 * The caller's mute, and what people who are added may read.
 */
export interface ConversationSettings {
  is_muted: boolean;
  mute_until: string | null;
  history_visibility: "joined" | "all";
}
/**
 * What changes: title, picture (an empty text for none), what people who are added may read.
 *
 * What is left out, or null, stays.
 */
export interface ConversationUpdate {
  name?: string | null;
  avatar_url?: string | "" | null;
  history_visibility?: ("joined" | "all") | null;
}
/**
 * An address and a password.
 */
export interface Credentials {
  email: string;
  password: string;
}
/**
 * For everyone, which erases the text, or for the caller only.
 */
export interface DeleteRequest {
  delete_for_everyone?: boolean;
}
/**
 * When it was deleted, and for whom.
 */
export interface Deleted {
  success: boolean;
  message: string;
  deleted_at: string;
  deleted_for_everyone: boolean;
}
/**
 * An operation that has nothing else to say.
 */
export interface Done {
  success: boolean;
  message: string;
}
/**
 * The new text.
 */
export interface EditRequest {
  content: string;
}
/**
 * Numbered events of one conversation in their order, from the one after `after` on.
 *
 * `begins`: the caller's membership; the first number they may be told is the one after it. `head`: the newest number,
 * for which `unread` and `history_after` stand. `more`: there are some up to it that did not fit.
 */
export interface EventsAnswer {
  epoch: string;
  events: CaughtUpEvent[];
  more: boolean;
  begins: number;
  head: number;
  unread: number;
  history_after: number;
}
/**
 * Liveness.
 */
export interface Health {
  status: "healthy";
  environment: string;
  version: string;
}
/**
 * A token of the host.
 */
export interface HostTokenRequest {
  gcgc_token?: string | null;
}
/**
 * Who a token of the host names.
 */
export interface HostUser {
  id: string;
  email: string | null;
}
/**
 * Whether a token of the host is good, whatever this server knows of its person.
 */
export interface HostValidation {
  valid: boolean;
  user: HostUser | null;
  message: string;
}
/**
 * `token` is shown once, in the answer that made it.
 */
export interface Invitation {
  id: string;
  token: string | null;
  maxUses: number;
  uses: number;
  createdAt: string;
  expiresAt: string;
  revokedAt: string | null;
  createdBy: string;
}
/**
 * What the sign-up page may know before there is an account.
 */
export interface InvitationCheck {
  valid: boolean;
  invitedBy: string | null;
  expiresAt: string | null;
}
/**
 * Is this link still good?
 */
export interface InvitationCheckRequest {
  token: string;
}
/**
 * A new invitation.
 */
export interface InvitationRequest {
  max_uses?: number;
  expires_in_hours?: number;
}
/**
 * What the page says of itself; addresses of pictures are absolute.
 */
export interface LinkPreview {
  url: string;
  title: string | null;
  description: string | null;
  image: string | null;
  favicon: string | null;
  domain: string;
}
/**
 * What every way to sign in returns: a bearer token for REST and Socket.IO, and whose it is.
 */
export interface LoginAnswer {
  success: boolean;
  user: User;
  token: string;
  message: string;
}
/**
 * A person in the directory, and the caller.
 */
export interface User {
  id: string;
  tmsUserId: string;
  email: string;
  username: string | null;
  firstName: string | null;
  lastName: string | null;
  middleName: string | null;
  name: string | null;
  displayName: string;
  image: string | null;
  role: "ADMIN" | "LEADER" | "MEMBER";
  positionTitle: string | null;
  division: string | null;
  department: string | null;
  section: string | null;
  customTeam: string | null;
  isActive: boolean;
  isLeader: boolean;
  lastSyncedAt: string | null;
  createdAt: string;
  settings: {
    [k: string]: unknown;
  } | null;
}
/**
 * Which messages arrived or were read; without ids, everything there is.
 *
 * A receipt is a position: it covers everything up to the newest message that is named.
 */
export interface MarkRequest {
  conversation_id: string;
  message_ids?: string[] | null;
}
/**
 * `updated_count`: how many messages of others were newly covered.
 */
export interface Marked {
  success: boolean;
  updated_count: number;
  message: string;
}
/**
 * The caller's read position now covers everything.
 */
export interface MarkedRead {
  success: boolean;
  message: string;
  last_read_at: string;
}
/**
 * How many people it concerned.
 */
export interface MembersChanged {
  success: boolean;
  message: string;
  affected_count: number;
}
/**
 * Whom to add.
 */
export interface MembersRequest {
  /**
   * @minItems 1
   * @maxItems 50
   */
  user_ids: [string, ...string[]];
}
/**
 * A message. `status` is the worst of the recipients for its sender, one's own for everybody else.
 */
export interface Message {
  id: string;
  conversationId: string;
  senderId: string;
  content: string;
  type: "TEXT" | "IMAGE" | "FILE" | "VOICE" | "POLL" | "CALL" | "SYSTEM";
  metadata: {
    [k: string]: JsonValue;
  };
  replyToId: string | null;
  replyTo: Message | null;
  isEdited: boolean;
  sequenceNumber: number;
  encrypted: boolean;
  encryptionVersion: number | null;
  senderKeyId: string | null;
  createdAt: string;
  updatedAt: string | null;
  deletedAt: string | null;
  clientId: string | null;
  sender: PublicProfile;
  reactions: Reaction[];
  statuses: MessageStatus[];
  poll: Poll | null;
  status: "sent" | "delivered" | "read";
}
/**
 * One person's reaction.
 */
export interface Reaction {
  id: string;
  messageId: string;
  userId: string;
  emoji: string;
  createdAt: string;
}
/**
 * How far one recipient got with this message; `timestamp` is when that position last moved.
 */
export interface MessageStatus {
  messageId: string;
  userId: string;
  status: "sent" | "delivered" | "read";
  timestamp: string;
}
/**
 * A poll with its results.
 *
 * `isClosed` is true from `expiresAt` on, which no event tells: clients compare the time. `userVotes` are the viewer's
 * own choices; empty in events, which everybody gets: clients look for themselves among the `voters`.
 */
export interface Poll {
  id: string;
  messageId: string;
  question: string;
  multipleChoice: boolean;
  isClosed: boolean;
  expiresAt: string | null;
  createdAt: string;
  options: PollOption[];
  totalVotes: number;
  userVotes: string[];
}
/**
 * One option with who chose it.
 */
export interface PollOption {
  id: string;
  pollId: string;
  optionText: string;
  position: number;
  voteCount: number;
  voters: string[];
}
/**
 * Newest first.
 */
export interface MessagePage {
  data: Message[];
  pagination: Pagination;
}
/**
 * A message to send. The same `client_id` again returns the message that is there.
 */
export interface MessageRequest {
  conversation_id: string;
  /**
   * At most 10,000 characters.
   */
  content?: string | null;
  type?: "TEXT" | "IMAGE" | "FILE" | "VOICE" | "CALL";
  /**
   * Of a client's own choice; at most 16 kB and 2,000 values.
   */
  metadata_json?: {
    [k: string]: JsonValue;
  };
  reply_to_id?: string | null;
  client_id?: string | null;
  encrypted?: boolean;
}
/**
 * One conversation the caller muted.
 */
export interface MutedConversation {
  id: string;
  user_id: string;
  conversation_id: string;
  muted_at: string;
}
/**
 * All of them.
 */
export interface MutedConversations {
  muted_conversations: MutedConversation[];
  total: number;
}
/**
 * The set-up and the sign-up form; `token` comes from the link.
 */
export interface NewAccountRequest {
  token: string;
  email: string;
  password: string;
  name: string;
}
/**
 * The conversation as it is now. Deactivated people are left out of `member_ids`.
 */
export interface ObjectConversation {
  id: string;
  key: string;
  title: string;
  avatar_url: string | null;
  member_ids: string[];
  admin_ids: string[];
  created: boolean;
  changed: boolean;
}
/**
 * The conversation of one of the host's objects, as it should be now.
 */
export interface ObjectConversationRequest {
  title: string;
  /**
   * Everybody who belongs to it from now on.
   *
   * @maxItems 1000
   */
  member_ids: string[];
  /**
   * Those of member_ids who administer it.
   */
  admin_ids?: string[];
  avatar_url?: string | null;
  /**
   * Who did it, for the messages that tell of it; nobody when left out.
   */
  actor_id?: string | null;
}
/**
 * Change of the caller's own password.
 */
export interface PasswordChange {
  current_password: string;
  new_password: string;
}
/**
 * The caller's own password was right.
 */
export interface PasswordVerified {
  valid: boolean;
}
/**
 * The poll and the message that shows it.
 */
export interface PollCreated {
  poll: Poll;
  message: Message;
}
/**
 * One of the things to choose from; `position` orders them.
 */
export interface PollOptionRequest {
  option_text: string;
  position: number;
}
/**
 * A new poll: 2 to 10 options with texts and positions of their own.
 */
export interface PollRequest {
  conversation_id: string;
  question: string;
  /**
   * @minItems 2
   * @maxItems 10
   */
  options:
    | [PollOptionRequest, PollOptionRequest]
    | [PollOptionRequest, PollOptionRequest, PollOptionRequest]
    | [PollOptionRequest, PollOptionRequest, PollOptionRequest, PollOptionRequest]
    | [
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest
      ]
    | [
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest
      ]
    | [
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest
      ]
    | [
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest
      ]
    | [
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest
      ]
    | [
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest,
        PollOptionRequest
      ];
  multiple_choice?: boolean;
  expires_at?: string | null;
}
/**
 * What the caller wants to be told of.
 */
export interface Preferences {
  id: string;
  user_id: string;
  sound_enabled: boolean;
  sound_volume: number;
  browser_notifications_enabled: boolean;
  enable_message_notifications: boolean;
  enable_mention_notifications: boolean;
  enable_reaction_notifications: boolean;
  enable_member_activity_notifications: boolean;
  dnd_enabled: boolean;
  dnd_start: string | null;
  dnd_end: string | null;
  timezone: string;
  created_at: string;
  updated_at: string;
}
/**
 * What changes; what is left out stays. `dnd_start` and `dnd_end` are times of day in `timezone`.
 */
export interface PreferencesRequest {
  sound_enabled?: boolean | null;
  sound_volume?: number | null;
  browser_notifications_enabled?: boolean | null;
  enable_message_notifications?: boolean | null;
  enable_mention_notifications?: boolean | null;
  enable_reaction_notifications?: boolean | null;
  enable_member_activity_notifications?: boolean | null;
  dnd_enabled?: boolean | null;
  dnd_start?: string | null;
  dnd_end?: string | null;
  timezone?: string | null;
}
/**
 * Every refusal and failure.
 */
export interface Problem {
  /**
   * A sentence a person can read.
   */
  detail: string;
  /**
   * A stable name for programs.
   */
  code: string;
  /**
   * Names the entry in the server's log.
   */
  requestId: string | null;
  /**
   * Field problems, for code `invalid`.
   */
  errors?:
    | {
        [k: string]: unknown;
      }[]
    | null;
}
/**
 * A profile in the host's webhook. `version` grows with each change of the person: older news is ignored.
 */
export interface ProfileUpdate {
  id: string;
  email?: string | null;
  username?: string | null;
  first_name?: string | null;
  last_name?: string | null;
  middle_name?: string | null;
  name?: string | null;
  image?: string | null;
  role?: string | null;
  position_title?: string | null;
  division?: string | null;
  department?: string | null;
  section?: string | null;
  custom_team?: string | null;
  is_active?: boolean | null;
  is_leader?: boolean | null;
  version: number;
  signed_out?: boolean;
}
/**
 * One emoji.
 */
export interface ReactionRequest {
  emoji: string;
}
/**
 * The number of the newest message that was read.
 */
export interface ReadRequest {
  sequence_number: number;
}
/**
 * `unavailable` and `draining` come with 503: a balancer should send nobody here. `degraded` serves.
 */
export interface Readiness {
  status: "ready" | "degraded" | "unavailable" | "draining";
  checks: {
    [k: string]: Check;
  };
}
/**
 * What a member may do from now on.
 */
export interface RoleRequest {
  role: "admin" | "member";
}
/**
 * A message that was found, with the names a list of hits shows.
 */
export interface SearchHit {
  id: string;
  conversationId: string;
  senderId: string;
  content: string;
  type: "TEXT" | "IMAGE" | "FILE" | "VOICE" | "POLL" | "CALL" | "SYSTEM";
  metadata: {
    [k: string]: JsonValue;
  };
  replyToId: string | null;
  replyTo: Message | null;
  isEdited: boolean;
  sequenceNumber: number;
  encrypted: boolean;
  encryptionVersion: number | null;
  senderKeyId: string | null;
  createdAt: string;
  updatedAt: string | null;
  deletedAt: string | null;
  clientId: string | null;
  sender: PublicProfile;
  reactions: Reaction[];
  statuses: MessageStatus[];
  poll: Poll | null;
  status: "sent" | "delivered" | "read";
  senderName: string;
  conversationName: string;
}
/**
 * Newest first.
 */
export interface SearchPage {
  data: SearchHit[];
  pagination: Pagination;
}
/**
 * Every word of `query` must occur somewhere in the text; `%` and `_` are themselves.
 */
export interface SearchRequest {
  query: string;
  conversation_id?: string | null;
  sender_id?: string | null;
  type?: ("TEXT" | "IMAGE" | "FILE" | "VOICE" | "POLL" | "CALL" | "SYSTEM") | null;
  /**
   * From this moment on; `2026-01-31` is the beginning of that day.
   */
  from_date?: string | null;
  /**
   * Up to this moment; `2026-01-31` is the end of that day. All times without a zone are UTC.
   */
  to_date?: string | null;
  limit?: number;
  cursor?: string | null;
}
/**
 * The caller's mute as it is now.
 */
export interface SettingsChanged {
  success: boolean;
  message: string;
  is_muted: boolean;
  mute_until: string | null;
}
/**
 * The caller's own settings of a conversation; what is left out stays. `mute_until` null: until unmuted.
 */
export interface SettingsRequest {
  is_muted?: boolean | null;
  mute_until?: string | null;
}
/**
 * What existing clients read where they sign in.
 */
export interface SignInDetail {
  error: string;
  message: string;
  hint: string;
}
/**
 * A refusal where people sign in: existing clients read `detail.message` of some.
 */
export interface SignInProblem {
  detail: string | SignInDetail;
  /**
   * A stable name for programs.
   */
  code: string;
  /**
   * Names the entry in the server's log.
   */
  requestId: string | null;
  /**
   * Field problems, for code `invalid`.
   */
  errors?:
    | {
        [k: string]: unknown;
      }[]
    | null;
}
/**
 * How Socket.IO is served.
 */
export interface SocketConfig {
  cors_origins: string[];
  path: string;
  transports: string[];
}
/**
 * The socket side of this process; `degraded` while it does not hear the others, and why.
 */
export interface SocketHealth {
  status: "configured" | "degraded";
  websocket_endpoint: string;
  active_connections: number;
  reason: string | null;
  config: SocketConfig;
}
/**
 * To be handed on within `expiresIn` seconds, once.
 */
export interface SsoCode {
  code: string;
  expiresIn: number;
}
/**
 * What the caller missed. Each conversation's events are in the order of their numbers, without a gap from its
 * position on; those without a number come last.
 *
 * `more`: apply these and ask again with the new positions. `more_receipts`: not all that moved since `since` did fit;
 * ask again from `at`, or they are told the next time. `too_far`: drop what you hold of these conversations and load
 * them afresh. `joined`: the caller's conversations that were not named; `left`: those named that are not the
 * caller's (any more). `heads`: the newest number of each of the caller's conversations, for which `unread` (0 where
 * it is missing) and `history_after` (the message number the caller's history begins after, likewise) stand. `at`:
 * send it as `since` the next time; a mark for the server, from which on nothing is left out.
 */
export interface SyncAnswer {
  epoch: string;
  at: string;
  events: CaughtUpEvent[];
  more: boolean;
  more_receipts: boolean;
  too_far: string[];
  joined: string[];
  left: string[];
  heads: {
    [k: string]: number;
  };
  unread: {
    [k: string]: number;
  };
  history_after: {
    [k: string]: number;
  };
}
/**
 * Where the client stands: of each conversation it holds, the number of the last event it applied.
 *
 * `since`: the `at` of what it knew last, to be told whose receipts moved meanwhile, which have no number.
 */
export interface SyncRequest {
  epoch: string;
  positions: {
    [k: string]: number;
  };
  since?: string | null;
}
/**
 * An address that opens one file for one person without a bearer token, for as long as it says.
 */
export interface Ticket {
  url: string;
  expiresAt: string;
}
/**
 * A token of the host, or, to have it checked, one of ours; clients leave out what they do not have.
 */
export interface TokenRequest {
  token?: string | null;
}
/**
 * For a badge in the host's header; zero for somebody who was never here.
 */
export interface Unread {
  user_id: string;
  total_unread_count: number;
  conversations: {
    [k: string]: number;
  };
}
/**
 * The messages above the caller's read position in one conversation.
 */
export interface UnreadCount {
  conversation_id: string;
  unread_count: number;
}
/**
 * The same for all conversations in which something is unread.
 */
export interface UnreadCounts {
  total_unread_count: number;
  conversations: {
    [k: string]: number;
  };
}
/**
 * `ignored` were not newer than what is known.
 */
export interface UpdatesApplied {
  success: boolean;
  message: string;
  applied: number;
  ignored: number;
}
/**
 * News of people; fields that are left out stay as they are.
 */
export interface UserUpdates {
  /**
   * @minItems 1
   * @maxItems 100
   */
  users: [ProfileUpdate, ...ProfileUpdate[]];
}
/**
 * `User`, with its id under both names that clients read.
 */
export interface ValidatedUser {
  id: string;
  tmsUserId: string;
  email: string;
  username: string | null;
  firstName: string | null;
  lastName: string | null;
  middleName: string | null;
  name: string | null;
  displayName: string;
  image: string | null;
  role: "ADMIN" | "LEADER" | "MEMBER";
  positionTitle: string | null;
  division: string | null;
  department: string | null;
  section: string | null;
  customTeam: string | null;
  isActive: boolean;
  isLeader: boolean;
  lastSyncedAt: string | null;
  createdAt: string;
  settings: {
    [k: string]: unknown;
  } | null;
  tms_user_id: string;
}
/**
 * Whether a token is good, and whose it is.
 */
export interface Validation {
  valid: boolean;
  user: ValidatedUser | null;
  message: string;
}
/**
 * The caller's whole choice: it replaces the one before.
 */
export interface VoteRequest {
  /**
   * @minItems 1
   * @maxItems 10
   */
  option_ids:
    | [string]
    | [string, string]
    | [string, string, string]
    | [string, string, string, string]
    | [string, string, string, string, string]
    | [string, string, string, string, string, string]
    | [string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string];
}
/**
 * The poll with the caller's choice in it.
 */
export interface Voted {
  success: boolean;
  poll: Poll;
  message: string;
}
/**
 * One of the people who were added; they joined at the event's `timestamp`.
 */
export interface AddedMemberSnake {
  user_id: string;
  full_name: string;
  role: "admin" | "member";
  user: PublicProfile;
}
/**
 * The socket's token expires in so many seconds: renew it with `auth`.
 */
export interface AuthExpiringEvent {
  in: number;
}
/**
 * To the caller's own devices: somebody was blocked or unblocked.
 */
export interface BlockedEvent {
  user_id: string;
  is_blocked: boolean;
}
/**
 * To the caller's own other devices: everything up to `sequence_number` is hidden for the caller now.
 */
export interface ConversationClearedEvent {
  conversation_id: string;
  sequence_number: number;
}
/**
 * The conversation as this member sees it, snake_case; `seq` is the journal number it stands for, 0 when new.
 */
export interface ConversationEvent {
  id: string;
  type: "dm" | "group";
  name: string | null;
  display_name: string;
  avatar_url: string | null;
  created_by: string | null;
  created_at: string;
  updated_at: string;
  members: MemberSnake[];
  member_count: number;
  unread_count: number;
  is_muted: boolean;
  last_message: LastMessage | null;
  creator: PublicProfile | null;
  conversation_id: string;
  seq: number;
}
/**
 * One member; `user` is snake_case everywhere. The mute is shown to its owner only.
 */
export interface MemberSnake {
  user_id: string;
  role: "admin" | "member";
  joined_at: string;
  last_read_at: string | null;
  is_muted: boolean;
  mute_until: string | null;
  user: PublicProfile;
}
/**
 * The title, the picture or what people who are added may read changed; all three as they are now.
 *
 * `updated_by` is a user id, empty when the host product did it, as are `added_by` and `removed_by` below. With
 * `compat`: a role changed, see `member_updated`.
 */
export interface ConversationUpdatedEvent {
  conversation_id: string;
  seq: number;
  updated_by: string;
  updated_by_id: string;
  updated_by_name: string;
  conversation_name: string;
  name: string | null;
  avatar_url: string | null;
  history_visibility: "joined" | "all";
  timestamp: string;
  compat: boolean;
}
/**
 * A command was refused, or the socket is about to be closed.
 */
export interface ErrorEvent {
  code: string;
  detail: string;
}
/**
 * `heads`: the newest journal number of each conversation of the caller; another `epoch` is another history.
 *
 * It comes again every 20 to 30 seconds, then with those conversations alone in which something happened in the last
 * minutes, and not when that are none: whoever has less than a head missed the last event.
 */
export interface HelloEvent {
  epoch: string;
  heads: {
    [k: string]: number;
  };
}
/**
 * Answers `keepalive`.
 */
export interface KeepaliveEvent {}
/**
 * What the first link of a message leads to is known now; it is `metadata_json.linkPreview`.
 */
export interface LinkPreviewEvent {
  conversation_id: string;
  seq: number;
  message_id: string;
  metadata_json: {
    [k: string]: JsonValue;
  };
}
/**
 * People were added; they themselves get `conversation_created` first, with the same number.
 */
export interface MemberAddedEvent {
  conversation_id: string;
  seq: number;
  added_members: AddedMemberSnake[];
  added_by: string;
  member_count: number;
  timestamp: string;
}
/**
 * Somebody left; to them it is the last event of the conversation.
 */
export interface MemberLeftEvent {
  conversation_id: string;
  seq: number;
  user_id: string;
  user_name: string;
  member_count: number;
  timestamp: string;
}
/**
 * Somebody was removed; to them it is the last event of the conversation.
 */
export interface MemberRemovedEvent {
  conversation_id: string;
  seq: number;
  removed_user_id: string;
  removed_by: string;
  member_count: number;
  timestamp: string;
}
/**
 * Somebody's role in the group changed; `conversation_updated` follows with the same number for older clients.
 */
export interface MemberUpdatedEvent {
  conversation_id: string;
  seq: number;
  user_id: string;
  role: "admin" | "member";
  updated_by_id: string;
  updated_by_name: string;
  timestamp: string;
}
/**
 * A message. `status` is the worst of the recipients for its sender, one's own for everybody else.
 */
export interface MessageSnake {
  id: string;
  conversation_id: string;
  sender_id: string;
  content: string;
  type: "TEXT" | "IMAGE" | "FILE" | "VOICE" | "POLL" | "CALL" | "SYSTEM";
  metadata_json: {
    [k: string]: JsonValue;
  };
  reply_to_id: string | null;
  reply_to: MessageSnake | null;
  is_edited: boolean;
  sequence_number: number;
  encrypted: boolean;
  encryption_version: number | null;
  sender_key_id: string | null;
  created_at: string;
  updated_at: string | null;
  deleted_at: string | null;
  client_id: string | null;
  sender: PublicProfile;
  reactions: ReactionSnake[];
  statuses: MessageStatusSnake[];
  poll: PollSnake | null;
  status: "sent" | "delivered" | "read";
}
/**
 * One person's reaction.
 */
export interface ReactionSnake {
  id: string;
  message_id: string;
  user_id: string;
  emoji: string;
  created_at: string;
}
/**
 * How far one recipient got with this message; `timestamp` is when that position last moved.
 */
export interface MessageStatusSnake {
  message_id: string;
  user_id: string;
  status: "sent" | "delivered" | "read";
  timestamp: string;
}
/**
 * A poll with its results.
 *
 * `isClosed` is true from `expiresAt` on, which no event tells: clients compare the time. `userVotes` are the viewer's
 * own choices; empty in events, which everybody gets: clients look for themselves among the `voters`.
 */
export interface PollSnake {
  id: string;
  messageId: string;
  question: string;
  multipleChoice: boolean;
  isClosed: boolean;
  expiresAt: string | null;
  createdAt: string;
  options: PollOptionSnake[];
  totalVotes: number;
  userVotes: string[];
}
/**
 * One option with who chose it.
 */
export interface PollOptionSnake {
  id: string;
  pollId: string;
  optionText: string;
  position: number;
  voteCount: number;
  voters: string[];
}
/**
 * For older clients, beside `message_edited`, with the same number.
 */
export interface MessageDeletedEvent {
  conversation_id: string;
  seq: number;
  message_id: string;
  compat: boolean;
}
/**
 * A message has another text; with `deleted_at` set it was deleted for everyone and is an empty stub now.
 */
export interface MessageEditedEvent {
  conversation_id: string;
  seq: number;
  message_id: string;
  content: string;
  metadata_json: {
    [k: string]: JsonValue;
  };
  is_edited: boolean;
  updated_at: string | null;
  deleted_at: string | null;
}
/**
 * The message, snake_case, with its journal number.
 */
export interface MessageEvent {
  id: string;
  conversation_id: string;
  sender_id: string;
  content: string;
  type: "TEXT" | "IMAGE" | "FILE" | "VOICE" | "POLL" | "CALL" | "SYSTEM";
  metadata_json: {
    [k: string]: JsonValue;
  };
  reply_to_id: string | null;
  reply_to: MessageSnake | null;
  is_edited: boolean;
  sequence_number: number;
  encrypted: boolean;
  encryption_version: number | null;
  sender_key_id: string | null;
  created_at: string;
  updated_at: string | null;
  deleted_at: string | null;
  client_id: string | null;
  sender: PublicProfile;
  reactions: ReactionSnake[];
  statuses: MessageStatusSnake[];
  poll: PollSnake | null;
  status: "sent" | "delivered" | "read";
  seq: number;
}
/**
 * To the caller's own other devices: deleted for me. It has no number; after a reload it is left out.
 */
export interface MessageHiddenEvent {
  conversation_id: string;
  message_id: string;
}
/**
 * For older clients, beside the two above: each message that was named, else the newest that was covered.
 */
export interface MessageStatusEvent {
  conversation_id: string;
  message_id: string;
  user_id: string;
  status: "sent" | "delivered" | "read";
  compat: boolean;
}
/**
 * A device of this member has everything up to `sequence_number`.
 */
export interface MessagesDeliveredEvent {
  conversation_id: string;
  user_id: string;
  sequence_number: number;
  count: number;
}
/**
 * A member's read position moved to `sequence_number`, over `count` messages of others.
 */
export interface MessagesReadEvent {
  conversation_id: string;
  user_id: string;
  sequence_number: number;
  count: number;
}
/**
 * To the caller's own devices: a conversation was muted or is heard again.
 */
export interface MuteEvent {
  conversation_id: string;
  is_muted: boolean;
  mute_until: string | null;
}
/**
 * For older clients, beside `new_message`, with the same number.
 */
export interface NewPollEvent {
  conversation_id: string;
  seq: number;
  poll: PollSnake;
  message: MessageSnake;
  compat: boolean;
}
/**
 * The person should be told: `kind` is message, mention, reply, reaction or member_activity; nothing comes for what
 * they muted, turned off, or in their do-not-disturb. Whether it is in view already, the client knows.
 */
export interface NotificationEvent {
  conversation_id: string;
  kind: string;
  message_id: string | null;
  actor_id: string;
  sound: boolean;
  browser: boolean;
}
/**
 * Nobody can vote any more.
 */
export interface PollClosedEvent {
  conversation_id: string;
  seq: number;
  poll_id: string;
  poll: PollSnake;
}
/**
 * Somebody voted, or voted anew; the poll as it is now.
 */
export interface PollVoteEvent {
  conversation_id: string;
  seq: number;
  poll_id: string;
  user_id: string;
  poll: PollSnake;
}
/**
 * What the caller wants to be told of.
 */
export interface PreferencesSnake {
  id: string;
  user_id: string;
  sound_enabled: boolean;
  sound_volume: number;
  browser_notifications_enabled: boolean;
  enable_message_notifications: boolean;
  enable_mention_notifications: boolean;
  enable_reaction_notifications: boolean;
  enable_member_activity_notifications: boolean;
  dnd_enabled: boolean;
  dnd_start: string | null;
  dnd_end: string | null;
  timezone: string;
  created_at: string;
  updated_at: string;
}
/**
 * Somebody who shares a conversation came or went.
 */
export interface PresenceEvent {
  user_id: string;
  timestamp: string;
}
/**
 * Somebody reacted; it replaces what the same person said before.
 */
export interface ReactionAddedEvent {
  conversation_id: string;
  seq: number;
  message_id: string;
  reaction: ReactionSnake;
}
/**
 * Somebody took a reaction back. With `compat`: it was replaced, and `reaction_added` told that already.
 *
 * Told later, `emoji` may be empty: whatever it was, it is gone. One person has one reaction.
 */
export interface ReactionRemovedEvent {
  conversation_id: string;
  seq: number;
  message_id: string;
  user_id: string;
  emoji: string;
  compat: boolean;
}
/**
 * The socket hears these conversations now.
 */
export interface RoomsJoinedEvent {
  conversation_ids: string[];
}
/**
 * Another member types or stopped; over by itself six seconds after the last sign of it.
 */
export interface TypingEvent {
  conversation_id: string;
  user_id: string;
  is_typing: boolean;
}
/**
 * Only that this number is over: to members in whose history the message is not, and, when catching up, where
 * nothing is left of what happened. Of a new message its `sequence_number` and when it was sent are told.
 */
export interface UnseenChangeEvent {
  conversation_id: string;
  seq: number;
  sequence_number: number | null;
  timestamp: string | null;
}
/**
 * Answers `join_conversation` and `leave_conversation`.
 */
export interface ViewingEvent {
  conversation_id: string;
}
/**
 * Server → client, by event name.
 */
export interface ServerEvents {
  rooms_joined: RoomsJoinedEvent;
  hello: HelloEvent;
  new_message: MessageEvent;
  message_edited: MessageEditedEvent;
  message_deleted: MessageDeletedEvent;
  message_hidden: MessageHiddenEvent;
  link_preview: LinkPreviewEvent;
  reaction_added: ReactionAddedEvent;
  reaction_removed: ReactionRemovedEvent;
  new_poll: NewPollEvent;
  poll_vote_added: PollVoteEvent;
  poll_closed: PollClosedEvent;
  unseen_change: UnseenChangeEvent;
  messages_read: MessagesReadEvent;
  messages_delivered: MessagesDeliveredEvent;
  message_status: MessageStatusEvent;
  conversation_created: ConversationEvent;
  conversation_updated: ConversationUpdatedEvent;
  member_added: MemberAddedEvent;
  member_removed: MemberRemovedEvent;
  member_left: MemberLeftEvent;
  member_updated: MemberUpdatedEvent;
  conversation_cleared: ConversationClearedEvent;
  conversation_muted: MuteEvent;
  notification: NotificationEvent;
  preferences_updated: Preferences;
  user_blocked: BlockedEvent;
  user_online: PresenceEvent;
  user_offline: PresenceEvent;
  user_typing: TypingEvent;
  joined_conversation: ViewingEvent;
  left_conversation: ViewingEvent;
  keepalive_ack: KeepaliveEvent;
  auth_expiring: AuthExpiringEvent;
  error: ErrorEvent;
}
