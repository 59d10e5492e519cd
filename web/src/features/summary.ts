/** A message in one line: for the list, for quotes. */
import { t } from "../texts";

export function summary(type: string, content: string): string {
  const text = content.slice(0, 200).replace(/\s+/g, " ").trim();
  if (text) return text;
  return type === "SYSTEM" ? t.list.systemPreview : t.quote.deleted;
}
