/** Where the words of a search stand in a text, compared as the server compares: without case, accents and width. Pure. */

export interface Piece {
  text: string;
  marked: boolean;
}

/** Around the first hit. */
const BEFORE = 60;
const LONGEST = 240;

/** The part of a text that shows why it was found, in one line, its words marked. */
export function excerpt(text: string, query: string): Piece[] {
  const line = text.replace(/\s+/g, " ").trim();
  const all = places(line, query);
  const first = all[0]?.[0] ?? 0;
  const from = first > BEFORE ? wordStart(line, first - BEFORE) : 0;
  const to = Math.min(line.length, from + LONGEST);
  const shown = pieces(
    line.slice(from, to),
    all.map(([a, b]) => [a - from, b - from] as const),
  );
  if (from > 0) shown.unshift({ text: "… ", marked: false });
  if (to < line.length) shown.push({ text: " …", marked: false });
  return shown;
}

/** Begin and end of each word of the query in the text, from left to right, none over another. */
function places(text: string, query: string): (readonly [number, number])[] {
  const { folded, at } = fold(text);
  const words = fold(query).folded.split(/\s+/).filter(Boolean);
  const found: (readonly [number, number])[] = [];
  for (const word of new Set(words)) {
    for (let i = folded.indexOf(word); i >= 0; i = folded.indexOf(word, i + word.length))
      found.push([at[i] as number, at[i + word.length] as number]);
  }
  found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  let covered = 0;
  return found.filter(([from, to]) => {
    if (from < covered) return false;
    covered = to;
    return true;
  });
}

function pieces(text: string, marks: readonly (readonly [number, number])[]): Piece[] {
  const result: Piece[] = [];
  let end = 0;
  for (const [a, b] of marks) {
    if (a < 0 || a >= text.length) continue;
    if (a > end) result.push({ text: text.slice(end, a), marked: false });
    result.push({ text: text.slice(a, b), marked: true });
    end = Math.min(b, text.length);
  }
  if (end < text.length) result.push({ text: text.slice(end), marked: false });
  return result;
}

/** The folded text, and for each of its positions where that stands in the text; one more for the end. */
function fold(text: string): { folded: string; at: number[] } {
  let folded = "";
  const at: number[] = [];
  let index = 0;
  for (const character of text) {
    // Upper case first: ß is then SS, as case folding has it.
    const plain = character
      .normalize("NFKD")
      .toUpperCase()
      .toLowerCase()
      .normalize("NFKD")
      .replace(/[\u0300-\u036f\ufe00-\ufe0f]|\p{Cf}/gu, "")
      .normalize("NFC");
    for (let n = 0; n < plain.length; n++) at.push(index);
    folded += plain;
    index += character.length;
  }
  at.push(index);
  return { folded, at };
}

function wordStart(text: string, from: number): number {
  const space = text.indexOf(" ", from);
  return space >= 0 && space < from + 20 ? space + 1 : from;
}
