// @vitest-environment happy-dom
import { act } from "react";
import { describe, expect, it } from "vitest";
import { conversation, no, own } from "../../model/testing";
import { draw, fakeClient, find, press, type } from "../testing";
import { Composer } from "./Composer";

async function setup() {
  const sent: string[] = [];
  const { client, chat } = fakeClient(
    {},
    {
      send: async ({ content, clientId }) => {
        sent.push(content);
        return { ok: true, value: own(sent.length, clientId, { content }) };
      },
    },
  );
  const place = await draw(client, <Composer conversation={conversation()} />);
  const box = find<HTMLTextAreaElement>(place, "textarea");
  const button = find<HTMLButtonElement>(place, "button[type=submit]");
  return { sent, chat, place, box, button };
}

describe("Enter", () => {
  it("sends, empties the box and keeps the focus", async () => {
    const { sent, box } = await setup();
    box.focus();
    await type(box, "hello\n");
    await press(box, "Enter");
    expect(sent).toEqual(["hello"]);
    expect(box.value).toBe("");
    expect(document.activeElement).toBe(box);
  });

  it("with Shift breaks the line", async () => {
    const { sent, box } = await setup();
    await type(box, "hello");
    const event = await press(box, "Enter", { shiftKey: true });
    expect(sent).toEqual([]);
    expect(event.defaultPrevented).toBe(false);
  });

  it("of an input method belongs to the input method", async () => {
    const { sent, box } = await setup();
    await type(box, "にほん");
    await press(box, "Enter", { isComposing: true });
    await press(box, "Enter", { keyCode: 229 } as KeyboardEventInit);
    expect(sent).toEqual([]);
    await press(box, "Enter");
    expect(sent).toEqual(["にほん"]);
  });

  it("sends nothing where there is nothing", async () => {
    const { sent, box, button } = await setup();
    await type(box, " \n ");
    await press(box, "Enter");
    expect(sent).toEqual([]);
    expect(button.disabled).toBe(true);
  });
});

it("what is typed is the draft of the conversation", async () => {
  const { box, chat } = await setup();
  await type(box, "not yet");
  expect(chat.store.get().drafts).toEqual({ c: "not yet" });
});

it("too long is said, not sent and not cut", async () => {
  const { box, sent, place, button } = await setup();
  await type(box, "a".repeat(10_001));
  await press(box, "Enter");
  expect(sent).toEqual([]);
  expect(box.value).toHaveLength(10_001);
  expect(button.disabled).toBe(true);
  expect(find(place, "[role=alert]").textContent).toContain("1 too many");
});

it("a failed message can be taken back in front of what was typed meanwhile", async () => {
  const { client, chat, clock } = fakeClient({}, { send: async () => no(422, { detail: "No." }) });
  const place = await draw(client, <Composer conversation={conversation()} />);
  const box = find<HTMLTextAreaElement>(place, "textarea");
  await type(box, "first");
  await press(box, "Enter");
  await clock.pass(0);
  await type(box, "second");
  await act(async () => chat.takeBack("c", "id1"));
  expect(chat.store.get().drafts.c).toBe("first\nsecond");
  expect(chat.store.get().outbox).toEqual({});
});

describe("in the work on a message that is there", () => {
  it("the box has its text, Enter saves it, and the draft comes back", async () => {
    const edits: string[] = [];
    const mine = own(1, "k", { content: "helo" });
    const window = { messages: [mine], older: null, loading: null, failure: null };
    const { client, chat } = fakeClient(
      { windows: { c: window } },
      {
        edit: async (_, content) => {
          edits.push(content);
          return { ok: true, value: { ...mine, content } };
        },
      },
    );
    const place = await draw(client, <Composer conversation={conversation()} />);
    const box = find<HTMLTextAreaElement>(place, "textarea");
    await press(box, "ArrowUp");
    expect(box.value).toBe("helo");
    expect(find(place, "[data-testid=composing]").textContent).toContain("Editing");
    await type(box, "hello");
    await press(box, "Enter");
    expect(edits).toEqual(["hello"]);
    expect(box.value).toBe("");
    await type(box, "a draft");
    await press(box, "ArrowUp");
    expect(box.value).toBe("a draft");
    await act(async () => chat.box.edit(mine));
    expect(box.value).toBe("hello");
    const left = await press(box, "Escape");
    expect(left.defaultPrevented).toBe(true);
    expect(box.value).toBe("a draft");
  });
});

it("a name is completed by keys, and Enter sends only afterwards", async () => {
  const { box, sent, place } = await setup();
  const options = () => [...place.querySelectorAll("[role=option]")].map((o) => o.textContent);
  await type(box, "hi @b");
  expect(options()).toEqual(["Ben"]);
  expect(box.getAttribute("aria-activedescendant")).toBe(find(place, "[role=option]").id);
  await press(box, "Enter");
  expect([box.value, sent, options()]).toEqual(["hi @Ben ", [], []]);
  await press(box, "Enter");
  expect(sent).toEqual(["hi @Ben"]);
});
