import { describe, expect, it } from "vitest";
import { completed, peopleNamed, tokenAt } from "./completion";
import { emoji, emojiNamed, emojiSuggested, shortName } from "./emoji";
import { namesIn, speaksTo, spoken } from "./mentions";
import { conversation, noFacts, person } from "./testing";

const members = ["me", "ana", "ben"].map((id) => ({
  userId: id,
  role: "member" as const,
  person: person(id, { me: "Me Myself", ana: "Ana Reyes", ben: "Ben Osei" }[id]),
}));
const group = conversation("g", { type: "group", members, memberCount: 3 });

describe("the token before the caret", () => {
  it.each([
    ["@", "@", ""],
    ["hello @an", "@", "an"],
    ["hello @ana re", "@", "ana re"],
    ["(@ben", "@", "ben"],
    [":th", ":", "th"],
    ["ok :+1", ":", "+1"],
  ])("%j", (text, sign, query) => {
    expect(tokenAt(text, text.length)).toEqual({ sign, query, from: text.length - query.length - 1 });
  });
  it.each(["ana@corp", "at 12:30", ":", "a:b", "@ and", "@ana reyes tomorrow", "https://x"])(
    "none in %j",
    (text) => {
      expect(tokenAt(text, text.length)).toBeNull();
    },
  );
  it("ends at the caret, wherever that is", () => {
    expect(tokenAt("@an is here", 3)?.query).toBe("an");
  });
});

describe("suggestions", () => {
  const labels = (query: string, where = group) =>
    peopleNamed(query, where, "me", "Everyone").map((s) => s.label);
  it("are the others by any part of their name, and everybody in a group", () => {
    expect(labels("")).toEqual(["Ana Reyes", "Ben Osei", "all"]);
    expect(labels("re")).toEqual(["Ana Reyes"]);
    expect(labels("al")).toEqual(["all"]);
    expect(labels("", conversation())).toEqual(["Ben"]);
    expect(labels("nobody")).toEqual([]);
  });
  it("are emoji by their names", () => {
    const [first] = emojiSuggested("tad");
    expect(first).toMatchObject({ label: "🎉", insert: "🎉 ", detail: ":tada" });
  });
  it("take the token's place, with one blank after it", () => {
    const token = { sign: "@", query: "an", from: 3 } as const;
    expect(completed("hi @an", 6, token, "@Ana Reyes ")).toEqual({ text: "hi @Ana Reyes ", caret: 14 });
    expect(completed("hi @an you", 6, token, "@Ana Reyes ")).toEqual({
      text: "hi @Ana Reyes you",
      caret: 14,
    });
  });
});

it("every emoji is there once and has a short name one can type", () => {
  expect(new Set(emoji.map((e) => e.emoji)).size).toBe(emoji.length);
  expect(emoji.length).toBeGreaterThan(200);
  for (const one of emoji) expect(shortName(one)).toMatch(/^[a-z]+$/);
  expect(emojiNamed("thumbs_up").map((e) => e.emoji)).toEqual([]);
  expect(emojiNamed("heart_eyes")[0]?.emoji).toBe("😍");
});

describe("whom a text speaks to", () => {
  const find = (text: string, mentions: string[], mentionsAll = false) =>
    spoken(text, namesIn({ ...noFacts, mentions, mentionsAll }, group, "me"))
      .filter(({ to }) => to !== null)
      .map(({ text: part, to }) => `${part} ${to}`);
  it("is found by the longest name, whatever its case, at the borders of words", () => {
    expect(find("hi @ana reyes and @Ben, @me myself", ["ana", "ben", "me"])).toEqual([
      "@ana reyes other",
      "@Ben other",
      "@me myself me",
    ]);
    expect(find("mail x@ben or @benny", ["ben"])).toEqual([]);
    expect(find("@all of you", [], true)).toEqual(["@all me"]);
  });
  it("is nobody where the server found nobody", () => {
    expect(find("@ana @all", [])).toEqual([]);
    expect(spoken("@ana", [])).toEqual([{ text: "@ana", to: null }]);
  });
  it("leaves every character in its place", () => {
    const text = "a @Ana Reyes b@ben @Ben\n@";
    const pieces = spoken(text, namesIn({ ...noFacts, mentions: ["ana", "ben"] }, group, "me"));
    expect(pieces.map((p) => p.text).join("")).toBe(text);
  });
});

it.each([
  ["@Ana Reyes, look", true],
  ["look @ana", true],
  ["@all lunch!", true],
  ["@Anabel is here", false],
  ["mail to x@ana", false],
  ["@Ben Osei", false],
])("%j speaks to Ana Reyes: %s", (text, expected) => {
  expect(speaksTo(text, "Ana Reyes")).toBe(expected);
});
