// @vitest-environment happy-dom
import { act } from "react";
import { expect, it } from "vitest";
import type { Result, Upload } from "../../model/ports";
import { conversation, message, ok, own } from "../../model/testing";
import type { Message } from "../../model/types";
import { draw, fakeClient, find, press, type } from "../testing";
import { Composer } from "./Composer";

function setup() {
  const sent: string[] = [];
  const answer = (clientId: string, content: string): Result<Message> => {
    sent.push(content);
    return ok(own(sent.length, clientId, { content }));
  };
  const upload: Upload = ({ clientId, name }) => ({
    answer: Promise.resolve(answer(clientId, name)),
    cancel: () => {},
  });
  const drawn = fakeClient({}, { send: async (r) => answer(r.clientId, r.content) }, upload);
  return { sent, ...drawn };
}

const file = (name: string, size = 10, mime = "text/plain") =>
  new File([new Uint8Array(size)], name, { type: mime });

it("what was chosen is shown, can be put back, and goes out behind the text", async () => {
  const { client, chat, clock, sent } = setup();
  const place = await draw(client, <Composer conversation={conversation()} />);
  const { limits } = client.config;
  await act(async () => chat.uploads.stage("c", [file("a.txt"), file("b.txt"), file("c.txt")], limits));
  expect(place.querySelectorAll("[data-testid=staged]")).toHaveLength(3);
  expect(find(place, "[role=status]").textContent).toBe("3 files to send");
  await act(async () => find<HTMLButtonElement>(place, "[aria-label='Do not send b.txt']").click());
  const box = find<HTMLTextAreaElement>(place, "textarea");
  await type(box, "with words");
  await press(box, "Enter");
  await clock.pass(0);
  expect(sent).toEqual(["with words", "a.txt", "c.txt"]);
  expect(place.querySelectorAll("[data-testid=staged]")).toHaveLength(0);
});

it("files alone can be sent, refused ones alone cannot", async () => {
  const { client, chat, clock, sent } = setup();
  const place = await draw(client, <Composer conversation={conversation()} />);
  const { limits } = client.config;
  const button = find<HTMLButtonElement>(place, "button[type=submit]");
  await act(async () => chat.uploads.stage("c", [file("big.txt", 1_001), file("a.exe")], limits));
  expect(button.disabled).toBe(true);
  const alerts = [...place.querySelectorAll("[role=alert]")].map((alert) => alert.textContent);
  expect(alerts).toEqual([
    "big.txt is too big: a file may have at most 1 kB.",
    "a.exe is a program. Programs cannot be sent.",
  ]);
  await act(async () => chat.uploads.stage("c", [file("good.txt")], limits));
  expect(button.disabled).toBe(false);
  await act(async () => button.click());
  await clock.pass(0);
  expect(sent).toEqual(["good.txt"]);
});

it("a file without words is the answer where one answers; with words the words are", async () => {
  const asked: { name: string; replyToId: string | null }[] = [];
  const upload: Upload = (request) => {
    asked.push(request);
    return { answer: new Promise(() => {}), cancel: () => {} };
  };
  const { client, chat } = fakeClient({}, {}, upload);
  const place = await draw(client, <Composer conversation={conversation()} />);
  const { limits } = client.config;
  await act(async () => {
    chat.box.reply(message(7));
    chat.uploads.stage("c", [file("a.txt"), file("b.txt")], limits);
  });
  await press(find(place, "textarea"), "Enter");
  const { composing, outbox } = chat.store.get();
  expect(outbox.c?.map(({ content, quote }) => [content, quote?.number])).toEqual([
    ["a.txt", 7],
    ["b.txt", undefined],
  ]);
  expect(composing).toEqual({});
  expect(asked[0]).toMatchObject({ name: "a.txt", replyToId: "m7" });
});
