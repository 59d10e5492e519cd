// @vitest-environment happy-dom
import { act } from "react";
import { describe, expect, it } from "vitest";
import type { FileAddresses } from "../../api/files";
import { type Attachment, attachmentFor } from "../../model/attachment";
import type { Bubble } from "../../model/rows";
import { no } from "../../model/testing";
import { draw, fakeClient, find } from "../testing";
import { AttachmentView } from "./AttachmentView";

const image: Attachment = {
  kind: "image",
  name: "beach.png",
  size: 2_000,
  mime: "image/png",
  fileId: "f1",
  link: null,
  thumbnail: true,
  width: 800,
  height: 400,
  duration: null,
};

/** Addresses that are numbered, so that a test sees when a new one was asked for. */
function addresses(answers: (n: number) => boolean = () => true) {
  let asked = 0;
  const givenUp = new Set<string>();
  const files: FileAddresses = {
    known: () => null,
    async find(fileId, thumbnail) {
      asked++;
      return answers(asked)
        ? { ok: true, value: `/${fileId}${thumbnail ? "/small" : ""}/${asked}` }
        : no(404);
    },
    forget: (fileId) => void givenUp.delete(fileId),
    giveUp: (fileId) => void givenUp.add(fileId),
    isGivenUp: (fileId) => givenUp.has(fileId),
    clear: () => {},
  };
  return { files, count: () => asked };
}

async function show(file: Attachment, over: Partial<Bubble> = {}, files = addresses().files) {
  const { client, chat } = fakeClient();
  const bubble = { id: "m1", key: "k", own: false, state: "sent", ...over } as Bubble;
  const place = await draw(
    { ...client, files },
    <AttachmentView conversationId="c" bubble={bubble} file={file} />,
  );
  return { place, chat, client };
}

describe("a picture", () => {
  it("has its room before it is there, and is the small copy", async () => {
    const { place } = await show(image);
    const room = find<HTMLElement>(place, "[data-testid=image]");
    expect(room.style.width).toBe("360px");
    expect(room.style.aspectRatio).toBe("360 / 180");
    expect(find(place, "img").getAttribute("src")).toBe("/f1/small/1");
    expect(find(place, "img").getAttribute("alt")).toBe("beach.png");
  });

  it("that breaks is asked for once more, then says so, and is not asked for when it is shown again", async () => {
    const { files, count } = addresses();
    const { place } = await show(image, {}, files);
    await act(async () => find(place, "img").dispatchEvent(new Event("error")));
    expect(find(place, "img").getAttribute("src")).toBe("/f1/small/2");
    await act(async () => find(place, "img").dispatchEvent(new Event("error")));
    expect(find(place, "[data-testid=broken-image]").textContent).toContain("cannot be shown");
    const { place: again } = await show(image, {}, files);
    expect(count()).toBe(2);
    await act(async () => find<HTMLButtonElement>(again, "button").click());
    expect(find(again, "img").getAttribute("src")).toBe("/f1/small/3");
  });

  it("whose address is refused says so", async () => {
    const { place } = await show(image, {}, addresses(() => false).files);
    expect(place.querySelector("[data-testid=broken-image]")).not.toBeNull();
  });

  it("on its way is no button: there is nothing to open yet", async () => {
    const file = attachmentFor({ name: "a.png", size: 3, type: "image/png" }, { width: 3, height: 3 });
    const { place } = await show(file, { id: null, own: true, state: "pending" });
    expect(find(place, "[data-testid=image]").tagName).toBe("DIV");
    expect(find(place, "progress").getAttribute("aria-label")).toBe("Uploading a.png");
    expect(find(place, "[data-testid=upload]").textContent).toContain("Waiting");
  });
});

describe("another file", () => {
  it("is a button that downloads it", async () => {
    const { place } = await show({ ...image, kind: "file", name: "plan.pdf", mime: "application/pdf" });
    expect(find(place, "button").textContent).toContain("plan.pdf");
    expect(find(place, "button").textContent).toContain("PDF · 2 kB");
  });

  it("that lies elsewhere is a link and nothing else", async () => {
    const { place } = await show({ ...image, kind: "file", fileId: null, link: "https://a.example/x" });
    expect(find(place, "a").getAttribute("href")).toBe("https://a.example/x");
    expect(find(place, "a").getAttribute("rel")).toContain("noreferrer");
    expect(place.querySelector("img, video, audio")).toBeNull();
  });

  it("of which nobody says where it is, is not available", async () => {
    const { place } = await show({ ...image, kind: "file", fileId: null });
    expect(place.textContent).toContain("Not available");
    expect(place.querySelector("a, button")).toBeNull();
  });
});

it("a voice message loads nothing before somebody wants to hear it", async () => {
  const { files, count } = addresses();
  const { place } = await show({ ...image, kind: "voice", duration: 74.2 }, {}, files);
  // The player is a part of its own, that comes a moment later.
  await act(async () => void (await import("./AudioPlayer")));
  expect(find(place, "fieldset").getAttribute("aria-label")).toBe("Voice message");
  expect(place.textContent).toContain("1:14");
  expect(count()).toBe(0);
});
