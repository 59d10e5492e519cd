/** Finding links in plain text. Only http, https and mailto ever become links; everything else stays text. */
export type Piece = { text: string; href: string | null };

const LINK =
  /\b(?:https?:\/\/[^\s<>"'`]+|mailto:[^\s<>"'`]+|www\.[^\s<>"'`]+\.[^\s<>"'`]+)|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/giu;

export function pieces(text: string): Piece[] {
  const result: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const link = withoutTail(match[0]);
    if (match.index > end) result.push({ text: text.slice(end, match.index), href: null });
    result.push({ text: link, href: address(link) });
    end = match.index + link.length;
  }
  if (end < text.length) result.push({ text: text.slice(end), href: null });
  return result;
}

function address(link: string): string {
  if (/^(?:https?:\/\/|mailto:)/i.test(link)) return link;
  return /^www\./i.test(link) ? `https://${link}` : `mailto:${link}`;
}

/** "(see https://a.example/b)." ends before the bracket, but "https://a.example/b_(c)" keeps its own. */
function withoutTail(link: string): string {
  let end = link.length;
  // Closing minus opening brackets; each one cut off the end brings it down.
  let round = count(link, ")") - count(link, "(");
  let square = count(link, "]") - count(link, "[");
  for (; end > 0; end--) {
    const last = link[end - 1] as string;
    if (last === ")" && round > 0) round--;
    else if (last === "]" && square > 0) square--;
    else if (!/[.,;:!?…'"»”’*_~]/u.test(last)) break;
  }
  return link.slice(0, end);
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
