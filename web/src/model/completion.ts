/** What one is about to type in the box: a person's name after @, an emoji's after a colon. Pure. */
import { fold } from "./select";
import type { Conversation } from "./types";

export interface Token {
  sign: "@" | ":";
  query: string;
  /** Where the sign stands; the token ends at the caret. */
  from: number;
}

export interface Suggestion {
  key: string;
  /** What is shown, and what takes the token's place. */
  label: string;
  detail: string;
  insert: string;
  kind: "person" | "all" | "emoji";
}

/** Suggestions at once. */
export const MOST = 8;

/** The token right before the caret, if there is one. A sign inside a word (an address, a time) begins none. */
export function tokenAt(text: string, caret: number): Token | null {
  const line = text.slice(Math.max(0, caret - 60), caret);
  const match =
    /(?:^|[\s([{"'])(@)((?:[^\s@:]{0,40} )?[^\s@:]{0,40})$/u.exec(line) ??
    /(?:^|[\s([{])(:)([\p{L}_+-][\p{L}\d_+-]{1,30})$/u.exec(line);
  const sign = match?.[1];
  const query = match?.[2] ?? "";
  if (sign !== "@" && sign !== ":") return null;
  // "@ and" is no name.
  return query.startsWith(" ") ? null : { sign, query, from: caret - query.length - 1 };
}

export function peopleNamed(
  query: string,
  conversation: Conversation,
  me: string | undefined,
  everyone: string,
): Suggestion[] {
  const wanted = fold(query);
  const begins = (name: string) => ` ${fold(name)}`.includes(` ${wanted}`);
  const people = conversation.members
    .filter(({ userId, person }) => userId !== me && begins(person.name))
    .sort((a, b) => a.person.name.localeCompare(b.person.name))
    .map(({ userId, person }): Suggestion => {
      const { name, about } = person;
      return { key: userId, label: name, detail: about, insert: `@${name} `, kind: "person" };
    });
  const all: Suggestion = { key: "@all", label: "all", detail: everyone, insert: "@all ", kind: "all" };
  const wantsAll = conversation.type === "group" && "all".startsWith(wanted);
  return [...people.slice(0, MOST), ...(wantsAll ? [all] : [])];
}

/** The text with the suggestion in the token's place, and where the caret is then. */
export function completed(text: string, caret: number, token: Token, insert: string) {
  // A blank that is there already is not needed twice.
  const rest = text.slice(caret);
  const ending = rest.startsWith(" ") ? insert.trimEnd() : insert;
  const before = text.slice(0, token.from) + ending;
  return { text: before + rest, caret: before.length + (rest.startsWith(" ") ? 1 : 0) };
}
