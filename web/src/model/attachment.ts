/** The file of a message: what is known of it, read from metadata that another client may have written. */
import type { Message } from "./types";

export type AttachmentKind = "image" | "video" | "audio" | "voice" | "file";

export interface Attachment {
  kind: AttachmentKind;
  name: string;
  /** Bytes; null when nobody said. */
  size: number | null;
  mime: string;
  /** Null while it is not uploaded yet, and for a file that lies elsewhere. */
  fileId: string | null;
  /** A file that lies elsewhere is only ever a link. */
  link: string | null;
  thumbnail: boolean;
  /** Pixels, as shown. */
  width: number | null;
  height: number | null;
  /** Seconds. */
  duration: number | null;
}

const TYPES = new Set(["IMAGE", "FILE", "VOICE"]);
const INLINE_IMAGES = /^image\/(jpeg|png|gif|webp)$/;
const INLINE_VIDEOS = /^video\/(mp4|webm|quicktime)$/;
const OUR_PATH = /\/api\/v1\/files\/([\w-]{1,255})$/;

/** What a message says of its file; other clients say little, or something of their own. */
type Told = Pick<Message, "type" | "content" | "facts">;

/** Null for a message without a file. The same message answers the same object, so what shows it is drawn once. */
export function attachmentOf(message: Told): Attachment | null {
  if (!TYPES.has(message.type)) return null;
  const known = read.get(message);
  if (known) return known;
  const attachment = readFrom(message);
  read.set(message, attachment);
  return attachment;
}

const read = new WeakMap<Told, Attachment>();

function readFrom({ type, content, facts: { file } }: Told): Attachment {
  const mime = file?.mimeType.toLowerCase() ?? "";
  const address = parsed(file?.url ?? "");
  const fileId = OUR_PATH.exec(address?.pathname ?? "")?.[1] ?? null;
  const [width, height] = [positive(file?.width), positive(file?.height)];
  const measured = width !== null && height !== null;
  return {
    kind: fileId === null ? "file" : kindOf(type, mime),
    name: file?.name || content || "file",
    size: file?.size ?? null,
    mime,
    fileId,
    link: fileId === null ? (address?.href ?? null) : null,
    thumbnail: fileId !== null && Boolean(file?.thumbnailUrl),
    width: measured ? width : null,
    height: measured ? height : null,
    duration: positive(file?.duration),
  };
}

/** A file of this device on its way: shown as it will be when it has arrived. */
export function attachmentFor(
  file: { name: string; size: number; type: string },
  known: { width?: number; height?: number; duration?: number; voice?: boolean } = {},
): Attachment {
  const mime = file.type.toLowerCase().split(";")[0]?.trim() ?? "";
  const type = known.voice ? "VOICE" : INLINE_IMAGES.test(mime) ? "IMAGE" : "FILE";
  return {
    kind: kindOf(type, mime),
    name: file.name,
    size: file.size,
    mime,
    fileId: null,
    link: null,
    thumbnail: false,
    width: known.width ?? null,
    height: known.height ?? null,
    duration: known.duration ?? null,
  };
}

function kindOf(type: string, mime: string): AttachmentKind {
  if (type === "IMAGE") return "image";
  if (type === "VOICE") return "voice";
  if (INLINE_VIDEOS.test(mime)) return "video";
  return mime.startsWith("audio/") ? "audio" : "file";
}

/** Width and height on screen, never larger than the picture itself and never a thread one cannot hit. */
export function fitted(
  { width, height }: Pick<Attachment, "width" | "height">,
  most: { width: number; height: number },
): { width: number; height: number } | null {
  if (!width || !height) return null;
  const scale = Math.min(1, most.width / width, most.height / height);
  const at = (length: number) => Math.max(LEAST_PX, Math.round(length * scale));
  return { width: at(width), height: at(height) };
}

const LEAST_PX = 44;

/** "830 B", "1.4 MB": decimal, as the server's limits are. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, "")} ${UNITS[unit]}`;
}

const UNITS = ["B", "kB", "MB", "GB"];

/** "0:07", "12:30", "1:02:03". */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds + 0.001));
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The ending that people know a type by: "PDF". */
export function extension(name: string): string {
  return /\.([\p{L}\p{N}]{1,8})$/u.exec(name)?.[1]?.toUpperCase() ?? "";
}

function positive(value: number | null | undefined): number | null {
  return value && value > 0 ? value : null;
}

/** Of http and https only. Without an origin only our own path is one: a moved server still knows its files. */
function parsed(address: string): { href: string; pathname: string } | null {
  const match = /^(https?:\/\/[^/?#\s]+)?(\/[^?#\s]*)?([?#]\S*)?$/i.exec(address);
  const pathname = match?.[2] ?? "/";
  return match && (match[1] || OUR_PATH.test(pathname)) ? { href: match[0], pathname } : null;
}
