// @vitest-environment happy-dom
import { act } from "react";
import { expect, it } from "vitest";
import type { Pictures } from "../../api/pictures";
import type { Result } from "../../model/ports";
import { conversation, no, ok } from "../../model/testing";
import { draw, fakeClient, find } from "../testing";
import { AvatarUpload } from "./AvatarUpload";

async function setup() {
  const asked: { id: string; picture: File; progress: (part: number) => void }[] = [];
  let answer: (result: Result<unknown>) => void = () => {};
  let cancelled = 0;
  const pictures: Pictures = {
    change(id, picture, progress) {
      asked.push({ id, picture, progress });
      return { answer: new Promise((resolve) => (answer = resolve)), cancel: () => void cancelled++ };
    },
  };
  const client = { ...fakeClient().client, pictures };
  const place = await draw(client, <AvatarUpload conversation={conversation("c", { type: "group" })} />);
  const choose = (file: File) =>
    act(async () => {
      const input = find<HTMLInputElement>(place, "input");
      Object.defineProperty(input, "files", { value: [file], configurable: true });
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  const settle = (result: Result<unknown>) => act(async () => answer(result));
  return { place, asked, choose, settle, client, cancelled: () => cancelled };
}

const png = (size: number) => new File([new Uint8Array(size)], "a.png", { type: "image/png" });

it("tells how far it is, and nothing more when it is done: the event brings the picture", async () => {
  const { place, asked, choose, settle } = await setup();
  await choose(png(10));
  expect(asked[0]?.id).toBe("c");
  await act(async () => asked[0]?.progress(0.5));
  const button = find<HTMLButtonElement>(place, "button");
  expect(button.textContent).toBe("Uploading, 50 %");
  expect(button.disabled).toBe(true);
  await settle(ok({}));
  expect(button.textContent).toBe("Change picture");
  expect(place.querySelector("[role=alert]")).toBeNull();
});

it("says what is wrong before anything is uploaded, and what the server says", async () => {
  const { place, asked, choose, settle } = await setup();
  await choose(new File(["x"], "a.pdf", { type: "application/pdf" }));
  expect(find(place, "[role=alert]").textContent).toContain("Choose a JPEG");
  await choose(png(501));
  expect(find(place, "[role=alert]").textContent).toContain("at most 500 B");
  expect(asked).toHaveLength(0);
  await choose(png(10));
  await settle(no(403, { detail: "Only an administrator may do that." }));
  expect(find(place, "[role=alert]").textContent).toBe("Only an administrator may do that.");
});

it("is stopped when the dialog is closed", async () => {
  const { choose, client, cancelled } = await setup();
  await choose(png(10));
  await draw(client, <p />);
  expect(cancelled()).toBe(1);
});
