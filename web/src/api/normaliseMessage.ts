/** Messages, with what hangs on them, in either casing of the wire. */
import type * as model from "../model/types";
import type * as wire from "./contract.gen";

type Metadata = wire.Message["metadata"];

export function message(raw: wire.Message | wire.MessageSnake): model.Message {
  const rest = "conversationId" in raw;
  const updatedAt = rest ? raw.updatedAt : raw.updated_at;
  const createdAt = rest ? raw.createdAt : raw.created_at;
  const quoted = rest ? raw.replyTo : raw.reply_to;
  const statuses = rest ? raw.statuses.map((s) => ({ ...s, user_id: s.userId })) : raw.statuses;
  const withStatus = (...wanted: model.Delivery[]) =>
    statuses.filter((s) => wanted.includes(s.status)).map((s) => s.user_id);
  return {
    id: raw.id,
    conversationId: rest ? raw.conversationId : raw.conversation_id,
    senderId: rest ? raw.senderId : raw.sender_id,
    senderName: raw.sender?.name || raw.sender?.email || "",
    content: raw.content,
    type: raw.type,
    facts: facts(rest ? raw.metadata : raw.metadata_json),
    replyToId: rest ? raw.replyToId : raw.reply_to_id,
    quote: quoted && quote(quoted),
    reactions: raw.reactions.map(reaction),
    poll: raw.poll && poll(raw.poll),
    number: rest ? raw.sequenceNumber : raw.sequence_number,
    at: createdAt,
    editedAt: (rest ? raw.isEdited : raw.is_edited) ? (updatedAt ?? createdAt) : null,
    deletedAt: rest ? raw.deletedAt : raw.deleted_at,
    clientId: rest ? raw.clientId : raw.client_id,
    delivery: raw.status,
    readBy: withStatus("read"),
    deliveredTo: withStatus("read", "delivered"),
  };
}

function quote(raw: wire.Message | wire.MessageSnake): model.Quote {
  const rest = "conversationId" in raw;
  return {
    id: raw.id,
    number: rest ? raw.sequenceNumber : raw.sequence_number,
    senderId: rest ? raw.senderId : raw.sender_id,
    senderName: raw.sender?.name || raw.sender?.email || "",
    content: raw.content,
    type: raw.type,
    deleted: (rest ? raw.deletedAt : raw.deleted_at) !== null,
  };
}

export function reaction(raw: wire.Reaction | wire.ReactionSnake): model.Reaction {
  return { userId: "userId" in raw ? raw.userId : raw.user_id, emoji: raw.emoji };
}

export function poll(raw: wire.Poll | wire.PollSnake): model.Poll {
  return {
    id: raw.id,
    question: raw.question,
    multiple: raw.multipleChoice,
    closed: raw.isClosed,
    expiresAt: raw.expiresAt,
    options: [...raw.options]
      .sort((a, b) => a.position - b.position)
      .map(({ id, optionText, voters }) => ({ id, text: optionText, voters })),
  };
}

/** Metadata may be anything: what is not of the form we know is not there. */
export function facts(raw: Metadata): model.Facts {
  const mentions = Array.isArray(raw.mentions) ? raw.mentions.filter((id) => typeof id === "string") : [];
  return {
    mentions,
    mentionsAll: raw.mentionsAll === true,
    preview: preview(raw.linkPreview),
    file: file(raw),
  };
}

function preview(raw: unknown): model.LinkPreview | null {
  if (raw === null || typeof raw !== "object") return null;
  const { url, title, description, image, domain } = raw as Metadata;
  const words = text(title) ?? text(description);
  if (!text(url) || !words) return null;
  return {
    url: text(url) ?? "",
    title: text(title) ?? "",
    description: text(description) ?? "",
    image: text(image),
    domain: text(domain) ?? "",
  };
}

function file(raw: Metadata): model.FileFacts | null {
  const { fileName, fileSize, fileUrl, mimeType, thumbnailUrl, width, height, duration } = raw;
  if (!text(fileName) && !text(fileUrl)) return null;
  return {
    name: text(fileName) ?? "",
    size: amount(fileSize),
    url: text(fileUrl),
    mimeType: text(mimeType) ?? "",
    thumbnailUrl: text(thumbnailUrl),
    width: amount(width),
    height: amount(height),
    duration: amount(duration),
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function amount(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}
