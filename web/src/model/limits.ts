/** What the server takes, and how near a text is to it. */
export interface Limits {
  messageLength: number;
  messageBytes: number;
  nameLength: number;
  groupMembers: number;
  passwordMinLength: number;
  passwordMaxLength: number;
}

/** The counter appears this many characters before the end. */
const NEAR = 500;

/** Characters left (negative: too many); null while the limit is far. Counted as the server counts: code points and UTF-8 bytes. */
export function charactersLeft(text: string, limits: Limits): number | null {
  // A cheap lower bound keeps the usual short text free of counting.
  if (text.length * 3 < limits.messageBytes - NEAR && text.length < limits.messageLength - NEAR) return null;
  let characters = 0;
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    characters++;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  const left = limits.messageLength - characters;
  // Bytes over the limit, in characters of the text's average width.
  const leftByBytes = Math.floor(((limits.messageBytes - bytes) * characters) / Math.max(1, bytes));
  const least = Math.min(left, leftByBytes);
  return least <= NEAR ? least : null;
}

/** What is sent: without blank lines around it. Empty means there is nothing to send. */
export function sendable(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
}
