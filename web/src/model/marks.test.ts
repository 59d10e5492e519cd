import { describe, expect, it } from "vitest";
import { excerpt } from "./marks";

const shown = (text: string, query: string) =>
  excerpt(text, query)
    .map((piece) => (piece.marked ? `[${piece.text}]` : piece.text))
    .join("");

describe("what was found is marked", () => {
  it.each([
    ["The launch is on Friday", "friday", "The launch is on [Friday]"],
    ["The launch is on Friday", "day lau", "The [lau]nch is on Fri[day]"],
    ["Am Café vorbei", "cafe", "Am [Café] vorbei"],
    ["Die Straße hier", "strasse", "Die [Straße] hier"],
    ["Decomposed cafe\u0301 too", "café", "Decomposed [cafe\u0301] too"],
    ["明天发布会议", "发布", "明天[发布]会议"],
    ["100% sure_thing", "% _", "100[%] sure[_]thing"],
    ["Ｗｉｄｅ letters", "wide", "[Ｗｉｄｅ] letters"],
    ["abcabc", "abc bca", "[abc][abc]"],
    ["nothing of it", "xyz", "nothing of it"],
  ])("%s / %s", (text, query, marked) => {
    expect(shown(text, query)).toBe(marked);
  });

  it("in one line, from a little before the first hit", () => {
    const text = `${"word ".repeat(50)}\n\nneedle ${"tail ".repeat(80)}`;
    const line = shown(text, "needle");
    expect(line).toMatch(/^… (word )+\[needle\] tail/);
    expect(line).toMatch(/ …$/);
    expect(line.length).toBeLessThan(280);
  });
});
