/** Where in a text people are spoken to by name. Whom, the server says; here they are only found again to be shown. Pure. */
import { nameIn } from "./select";
import type { Conversation, Facts } from "./types";

export interface Spoken {
  text: string;
  /** `me`: to us; null: plain text. */
  to: "me" | "other" | null;
}

const ALL = ["all", "everyone", "here"];

export interface Name {
  name: string;
  me: boolean;
}

/** Whether a text speaks to us: what the list shows of the newest message tells no more than its text. */
export function speaksTo(text: string, me: string): boolean {
  const names = [me, me.split(" ")[0] ?? me, ...ALL].map((name) => ({ name, me: true }));
  return spoken(text, names).some(({ to }) => to === "me");
}

/** The names to look for, the longest first, so that "@Ana Reyes" is not "@Ana" with something after it. */
export function namesIn(facts: Facts, conversation: Conversation | undefined, me: string): Name[] {
  const names = facts.mentions.flatMap((id) => {
    const name = nameIn(conversation, id);
    return name ? [name, name.split(" ")[0] ?? name].map((n) => ({ name: n, me: id === me })) : [];
  });
  const all = facts.mentionsAll ? ALL.map((name) => ({ name, me: true })) : [];
  return [...names, ...all].sort((a, b) => b.name.length - a.name.length);
}

export function spoken(text: string, names: readonly Name[]): Spoken[] {
  if (names.length === 0 || !text.includes("@")) return [{ text, to: null }];
  const result: Spoken[] = [];
  let plain = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const found = /[\p{L}\p{N}_]$/u.test(text.slice(0, at))
      ? undefined
      : names.find((n) => stands(text, at + 1, n));
    if (!found) continue;
    if (at > plain) result.push({ text: text.slice(plain, at), to: null });
    plain = at + 1 + found.name.length;
    result.push({ text: text.slice(at, plain), to: found.me ? "me" : "other" });
    at = plain - 1;
  }
  if (plain < text.length) result.push({ text: text.slice(plain), to: null });
  return result;
}

function stands(text: string, at: number, { name }: Name): boolean {
  const there = text.slice(at, at + name.length);
  if (there.toLowerCase() !== name.toLowerCase()) return false;
  return !/^[\p{L}\p{N}_]/u.test(text.slice(at + name.length));
}
