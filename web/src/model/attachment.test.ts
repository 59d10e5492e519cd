import { describe, expect, it } from "vitest";
import { attachmentFor, attachmentOf, durationText, extension, fitted, sizeText } from "./attachment";
import type { FileFacts } from "./types";

const ours: FileFacts = {
  name: "beach.png",
  size: 1234,
  url: "https://chat.example/api/v1/files/f1",
  mimeType: "image/png",
  thumbnailUrl: "https://chat.example/api/v1/files/f1?thumbnail=1",
  width: 800,
  height: 600,
  duration: null,
};

const nothing: FileFacts = {
  name: "",
  size: null,
  url: null,
  mimeType: "",
  thumbnailUrl: null,
  width: null,
  height: null,
  duration: null,
};

const read = (type: string, content: string, file: FileFacts | null) =>
  attachmentOf({ type, content, facts: { mentions: [], mentionsAll: false, preview: null, file } });

describe("attachmentOf", () => {
  it("reads what the server says of an image", () => {
    expect(read("IMAGE", "beach.png", ours)).toEqual({
      kind: "image",
      name: "beach.png",
      size: 1234,
      mime: "image/png",
      fileId: "f1",
      link: null,
      thumbnail: true,
      width: 800,
      height: 600,
      duration: null,
    });
  });

  it.each([
    ["VOICE", "audio/webm", "voice"],
    ["FILE", "audio/mpeg", "audio"],
    ["FILE", "video/mp4", "video"],
    ["FILE", "video/x-matroska", "file"],
    ["FILE", "application/pdf", "file"],
  ])("shows %s of %s as %s", (type, mimeType, kind) => {
    expect(read(type, "a", { ...ours, mimeType })?.kind).toBe(kind);
  });

  it("is null for messages without a file", () => {
    for (const type of ["TEXT", "POLL", "SYSTEM", "CALL"]) expect(read(type, "a", ours)).toBeNull();
  });

  it("knows a file of ours by its address, also under a former address of the server", () => {
    for (const url of ["http://old.example/api/v1/files/f9?x=1", "/api/v1/files/f9"])
      expect(read("IMAGE", "a.png", { ...nothing, url })).toMatchObject({ fileId: "f9", kind: "image" });
  });

  it("makes a file that lies elsewhere a link, whatever it is", () => {
    const url = "https://bucket.example/a.png?sig=1";
    expect(read("IMAGE", "a.png", { ...ours, url })).toMatchObject({
      kind: "file",
      fileId: null,
      link: url,
      thumbnail: false,
    });
  });

  it.each([
    null,
    { ...nothing, url: "javascript:alert(1)" },
    { ...nothing, url: "/elsewhere/f1", width: 10, height: 0 },
    { ...nothing, url: "data:text/html,x", duration: 0 },
  ])("shows a card without a way to open it for %j", (file) => {
    expect(read("IMAGE", "left.png", file)).toMatchObject({
      kind: "file",
      name: "left.png",
      link: null,
      fileId: null,
      width: null,
    });
  });
});

it("is the same object for the same message", () => {
  const message = {
    type: "FILE",
    content: "a",
    facts: { mentions: [], mentionsAll: false, preview: null, file: ours },
  };
  expect(attachmentOf(message)).toBe(attachmentOf(message));
});

it("a file on its way is shown as it will be", () => {
  const file = (name: string, type: string) => ({ name, type, size: 5 });
  expect(attachmentFor(file("a.png", "image/png"), { width: 4, height: 3 })).toMatchObject({
    kind: "image",
    width: 4,
    height: 3,
  });
  expect(attachmentFor(file("a.svg", "image/svg+xml")).kind).toBe("file");
  const voice = attachmentFor(file("v.webm", "audio/webm;codecs=opus"), { voice: true, duration: 2 });
  expect(voice).toMatchObject({ kind: "voice", mime: "audio/webm", duration: 2 });
});

it("a picture is made smaller, never larger, never a thread", () => {
  const most = { width: 360, height: 320 };
  expect(fitted({ width: 3600, height: 1800 }, most)).toEqual({ width: 360, height: 180 });
  expect(fitted({ width: 100, height: 3200 }, most)).toEqual({ width: 44, height: 320 });
  expect(fitted({ width: 60, height: 50 }, most)).toEqual({ width: 60, height: 50 });
  expect(fitted({ width: null, height: 50 }, most)).toBeNull();
});

it("sizes, lengths and endings are said briefly", () => {
  expect([0, 830, 999, 1000, 1_450_000, 99_960_000, 100_000_000, 5e9].map(sizeText)).toEqual([
    "0 B",
    "830 B",
    "999 B",
    "1 kB",
    "1.4 MB",
    "100 MB",
    "100 MB",
    "5 GB",
  ]);
  expect([0, 7.4, 61, 750, 3723].map(durationText)).toEqual(["0:00", "0:07", "1:01", "12:30", "1:02:03"]);
  expect(["a.pdf", "b.tar.gz", "none", "x.reallylongone"].map(extension)).toEqual(["PDF", "GZ", "", ""]);
});
