import { describe, expect, it } from "vitest";
import { readAddresses } from "./config";
import type * as wire from "./contract.gen";
import { conversation, events, message } from "./normalise";

/** What the server does: the same object, once in each casing. */
function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snake);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key === "metadata" ? "metadata_json" : key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
      key === "metadata" ? inner : snake(inner),
    ]),
  );
}

const profile: wire.PublicProfile = {
  id: "u1",
  tms_user_id: "u1",
  email: "ben@corp.local",
  first_name: "",
  last_name: "",
  middle_name: "",
  username: "",
  name: "Ben Osei",
  image: "",
  role: "MEMBER",
  position_title: "Engineer",
  division: "",
  department: "Core",
};

const raw: wire.Message = {
  id: "m1",
  conversationId: "c1",
  senderId: "u1",
  content: "hi",
  type: "TEXT",
  metadata: { someKey: 1, mentions: ["u2", 5], mentionsAll: true, fileName: "a.png", fileSize: 10, width: 4 },
  replyToId: null,
  replyTo: null,
  isEdited: true,
  sequenceNumber: 7,
  encrypted: false,
  encryptionVersion: null,
  senderKeyId: null,
  createdAt: "2026-05-04T12:00:00.000000Z",
  updatedAt: "2026-05-04T12:01:00.000000Z",
  deletedAt: null,
  clientId: "k",
  sender: profile,
  reactions: [],
  statuses: [
    { messageId: "m1", userId: "u2", status: "read", timestamp: "2026-05-04T12:00:01.000000Z" },
    { messageId: "m1", userId: "u3", status: "sent", timestamp: "2026-05-04T12:00:01.000000Z" },
  ],
  poll: null,
  status: "sent",
};

const row: wire.Conversation = {
  id: "c1",
  type: "group",
  name: "Team",
  display_name: "Team",
  avatarUrl: null,
  createdBy: "u1",
  createdAt: "2026-05-04T12:00:00.000000Z",
  updatedAt: "2026-05-04T12:00:00.000000Z",
  members: [
    {
      userId: "u1",
      role: "admin",
      joinedAt: "",
      lastReadAt: null,
      isMuted: false,
      muteUntil: null,
      user: profile,
    },
  ],
  memberCount: 1,
  unreadCount: 3,
  isMuted: true,
  lastMessage: {
    id: "m1",
    content: "hi",
    type: "TEXT",
    sender_id: "u1",
    senderId: "u1",
    timestamp: "t",
    encrypted: false,
  },
  creator: profile,
};

describe("both casings are one object", () => {
  it("for a message", () => {
    const fromEvent = events.new_message({ ...(snake(raw) as wire.MessageEvent), seq: 9 });
    expect(fromEvent).toEqual({ kind: "message", conversationId: "c1", seq: 9, message: message(raw) });
    expect(message(raw)).toMatchObject({ number: 7, senderName: "Ben Osei", readBy: ["u2"], clientId: "k" });
    expect(message(raw).editedAt).toBe(raw.updatedAt);
    expect(message(raw).deliveredTo).toEqual(["u2"]);
    expect(message(raw).facts).toMatchObject({ mentions: ["u2"], mentionsAll: true, preview: null });
    expect(message(raw).facts.file).toMatchObject({
      name: "a.png",
      size: 10,
      width: 4,
      height: null,
      url: null,
    });
  });

  it("for what it quotes, for reactions and for a poll", () => {
    const quoted = { ...raw, id: "m0", sequenceNumber: 3, content: "before", deletedAt: null };
    const reactions = [{ id: "r", messageId: "m1", userId: "u2", emoji: "👍", createdAt: "t" }];
    const option = (id: string, position: number, voters: string[]) => ({
      id,
      pollId: "p",
      optionText: id,
      position,
      voteCount: voters.length,
      voters,
    });
    const poll = {
      id: "p",
      messageId: "m1",
      question: "Q",
      multipleChoice: true,
      isClosed: false,
      expiresAt: null,
      createdAt: "t",
      options: [option("b", 1, []), option("a", 0, ["u2"])],
      totalVotes: 1,
      userVotes: ["a"],
    };
    const full = message({ ...raw, replyToId: "m0", replyTo: quoted, reactions, poll });
    const asEvent = {
      ...(snake({ ...raw, replyToId: "m0", replyTo: quoted, reactions }) as object),
      poll,
      seq: 9,
    };
    expect(events.new_message(asEvent as wire.MessageEvent)).toMatchObject({ message: full });
    expect(full.quote).toMatchObject({ id: "m0", number: 3, senderName: "Ben Osei", content: "before" });
    expect(full.reactions).toEqual([{ userId: "u2", emoji: "👍" }]);
    expect(full.poll?.options).toEqual([
      { id: "a", text: "a", voters: ["u2"] },
      { id: "b", text: "b", voters: [] },
    ]);
    const base = { conversation_id: "c1", seq: 4, poll_id: "p", poll };
    expect(events.poll_closed(base)).toEqual({
      kind: "polled",
      conversationId: "c1",
      seq: 4,
      messageId: "m1",
      poll: full.poll,
    });
  });

  it("for a conversation", () => {
    const event = { ...(snake(row) as wire.ConversationEvent), conversation_id: "c1", seq: 4 };
    expect(events.conversation_created(event)).toEqual({
      kind: "conversation",
      conversation: conversation(row),
      seq: 4,
    });
    expect(conversation(row)).toMatchObject({ unread: 3, muted: true, last: { senderId: "u1", at: "t" } });
    expect(conversation(row).members[0]?.person.about).toBe("Engineer · Core");
  });
});

it("metadata that older clients or strangers wrote breaks nothing", () => {
  for (const metadata of [
    { mentions: "all", mentionsAll: 1, linkPreview: "x", fileName: 5, fileUrl: null },
    { linkPreview: { url: "https://a.example", title: null } },
    { linkPreview: null, mentions: [null, {}] },
  ]) {
    expect(message({ ...raw, metadata }).facts).toEqual({
      mentions: [],
      mentionsAll: false,
      preview: null,
      file: null,
    });
  }
  const linkPreview = {
    url: "https://a.example/x",
    title: "T",
    description: null,
    image: null,
    domain: "a.example",
  };
  expect(message({ ...raw, metadata: { linkPreview } }).facts.preview).toEqual({
    url: "https://a.example/x",
    title: "T",
    description: "",
    image: null,
    domain: "a.example",
  });
});

it("an edit and a deletion become the model's", () => {
  const base = { conversation_id: "c1", seq: 3, message_id: "m1", metadata_json: {} };
  expect(
    events.message_edited({ ...base, content: "b", is_edited: true, updated_at: "t", deleted_at: null }),
  ).toMatchObject({ kind: "edited", messageId: "m1", content: "b", editedAt: "t", deletedAt: null });
  expect(
    events.message_edited({ ...base, content: "", is_edited: false, updated_at: null, deleted_at: "t" }),
  ).toMatchObject({ kind: "edited", content: "", editedAt: null, deletedAt: "t" });
});

it("the events of membership become the model's", () => {
  const base = { conversation_id: "c1", timestamp: "t" };
  const added = [{ user_id: "u2", full_name: "Cleo Park", role: "member" as const, user: profile }];
  expect(
    events.member_added({ ...base, seq: 3, added_members: added, added_by: "", member_count: 3 }),
  ).toEqual({
    kind: "members_added",
    conversationId: "c1",
    seq: 3,
    added: [{ userId: "u2", name: "Cleo Park", role: "member" }],
    memberCount: 3,
  });
  expect(
    events.member_removed({ ...base, seq: 4, removed_user_id: "u2", removed_by: "Ana", member_count: 2 }),
  ).toEqual({ kind: "member_removed", conversationId: "c1", seq: 4, userId: "u2", memberCount: 2 });
  const by = { updated_by: "", updated_by_id: "", updated_by_name: "" };
  expect(
    events.conversation_updated({
      ...base,
      ...by,
      seq: 5,
      conversation_name: "New",
      name: "New",
      avatar_url: null,
      history_visibility: "joined",
      compat: false,
    }),
  ).toEqual({
    kind: "conversation_changed",
    conversationId: "c1",
    seq: 5,
    name: "New",
    avatarUrl: null,
    history: "joined",
  });
});

describe("where the server is", () => {
  const page = "https://chat.example";
  it.each([
    [{}, { server: page, api: `${page}/api/v1`, socketServer: null, socketPath: null, host: null }],
    [{ NEXTAUTH_URL: "https://host.example/api/auth" }, { server: page, host: "https://host.example" }],
    [
      {
        NEXTAUTH_URL: "https://a.example",
        NEXT_PUBLIC_USER_MANAGEMENT_API_URL: "https://host.example/people/api/v1/",
      },
      { host: "https://host.example/people" },
    ],
    [
      { NEXT_PUBLIC_API_URL: "https://api.example" },
      { server: "https://api.example", api: "https://api.example/api/v1" },
    ],
    [{ NEXT_PUBLIC_API_URL: "https://api.example/api/v1/" }, { api: "https://api.example/api/v1" }],
    [{ NEXT_PUBLIC_API_URL: "https://api.example/tms/api/v1" }, { api: "https://api.example/tms/api/v1" }],
    [
      { NEXT_PUBLIC_WS_URL: "wss://ws.example" },
      { server: "https://ws.example", socketServer: "https://ws.example", socketPath: null },
    ],
    [
      {
        NEXT_PUBLIC_API_URL: "http://127.0.0.1:8000",
        NEXT_PUBLIC_WS_URL: "ws://127.0.0.1:8000/ws/socket.io/",
      },
      { server: "http://127.0.0.1:8000", socketServer: "http://127.0.0.1:8000", socketPath: "/ws/socket.io" },
    ],
  ])("%j", (file, expected) => {
    expect(readAddresses(file, page)).toMatchObject(expected);
  });

  it("a value that is no address is named in a sentence", () => {
    expect(readAddresses({ NEXT_PUBLIC_API_URL: "ftp://x" }, page)).toContain("NEXT_PUBLIC_API_URL");
    expect(readAddresses({ NEXT_PUBLIC_WS_URL: 5 }, page)).toContain("NEXT_PUBLIC_WS_URL");
  });
});
