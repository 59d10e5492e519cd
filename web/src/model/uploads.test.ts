import { describe, expect, it } from "vitest";
import { MOST_AT_ONCE, refusal, Uploads } from "./uploads";

const limits = { fileBytes: 100, refusedEndings: [".exe", ".sh"] };
const file = (name: string, size = 10, type = "text/plain") => ({ name, size, type });

function setup() {
  let ids = 0;
  return new Uploads(
    () => ({ answer: new Promise(() => {}), cancel: () => {} }),
    () => `s${++ids}`,
  );
}

describe("before anything is uploaded", () => {
  it.each([
    ["a.txt", 100, null],
    ["a.txt", 101, "too_big"],
    ["a.txt", 0, "empty"],
    ["Setup.EXE", 10, "type"],
    ["run.sh", 1000, "type"],
    ["exe", 10, null],
    ["page.html", 10, null],
  ])("%s of %d bytes: %s", (name, size, expected) => {
    expect(refusal({ name, size }, limits)).toBe(expected);
  });

  it("only so many go at once; those that cannot go do not count", () => {
    const uploads = setup();
    uploads.stage("c", [file("a.exe")], limits);
    uploads.stage(
      "c",
      Array.from({ length: MOST_AT_ONCE + 1 }, (_, i) => file(`${i}.txt`)),
      limits,
    );
    const refused = uploads.staged.get().c?.filter((one) => one.refused);
    expect(refused?.map((one) => [one.file.name, one.refused])).toEqual([
      ["a.exe", "type"],
      [`${MOST_AT_ONCE}.txt`, "too_many"],
    ]);
  });
});

it("what was chosen waits per conversation, can be put back, and is taken in order", () => {
  const uploads = setup();
  uploads.stage("c", [file("a.png", 5, "image/png"), file("b.exe"), file("c.txt")], limits, [
    { width: 4, height: 3 },
  ]);
  uploads.stage("d", [file("d.txt")], limits);
  expect(uploads.staged.get().c?.[0]?.file).toMatchObject({ kind: "image", width: 4, height: 3 });
  uploads.unstage("c", "s3");
  expect(uploads.take("c").map((one) => one.file.name)).toEqual(["a.png"]);
  expect(Object.keys(uploads.staged.get())).toEqual(["d"]);
  uploads.unstage("d", "s4");
  expect(uploads.staged.get()).toEqual({});
});
