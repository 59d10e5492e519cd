// @vitest-environment happy-dom
import { act } from "react";
import { describe, expect, it } from "vitest";
import type { Api } from "../../model/ports";
import { rows } from "../../model/rows";
import type { Change } from "../../model/state";
import { conversation, failure, message, no, noFacts, ok, own, person } from "../../model/testing";
import type { Message, Poll } from "../../model/types";
import { draw, fakeClient, find, press } from "../testing";
import { MessageRow } from "./MessageRow";

const members = ["me", "ben", "ana"].map((id) => ({
  userId: id,
  role: "member" as const,
  person: person(id, { me: "Me Myself", ben: "Ben Osei", ana: "Ana Reyes" }[id]),
}));
const group = conversation("c", { type: "group", members, memberCount: 3 });
const poll: Poll = {
  id: "p",
  question: "Lunch?",
  multiple: false,
  closed: false,
  expiresAt: null,
  options: [
    { id: "a", text: "Soup", voters: ["ben", "ana"] },
    { id: "b", text: "Rice", voters: [] },
  ],
};

/** The row as the timeline draws it, with what it calls. */
async function show(shown: Message, { change, calls = {} }: { change?: Change; calls?: Partial<Api> } = {}) {
  const changes = change ? { [shown.id]: change } : {};
  const window = { messages: [shown], older: null, loading: null, failure: null };
  const { client, chat } = fakeClient(
    { conversations: { c: group }, windows: { c: window }, changes },
    calls,
  );
  const [row] = rows({
    messages: [shown],
    outbox: [],
    complete: false,
    conversation: group,
    reads: {},
    deliveries: {},
    changes,
    me: { id: "me", name: "Me Myself" },
    readUpTo: null,
  }).filter((r) => r.kind === "message");
  if (row?.kind !== "message") throw new Error("no row");
  const place = await draw(client, <MessageRow conversationId="c" bubble={row.bubble} head tail />);
  return { chat, article: find<HTMLElement>(place, "article") };
}

const byName = (place: ParentNode, name: string) =>
  [...place.querySelectorAll<HTMLElement>("button")].find(
    (b) => b.getAttribute("aria-label") === name || b.textContent === name,
  );

describe("in a message", () => {
  it("names stand out, our own more", async () => {
    const facts = { ...noFacts, mentions: ["me", "ana"] };
    const { article } = await show(message(1, { content: "@Ana Reyes and @Me Myself", facts }));
    const marks = [...article.querySelectorAll("mark")];
    expect(marks.map((m) => m.textContent)).toEqual(["@Ana Reyes", "@Me Myself"]);
    expect(marks[0]?.className).not.toBe(marks[1]?.className);
  });

  it("a preview is words and a safe link, never a picture", async () => {
    const preview = {
      url: "https://a.example/x",
      title: "T",
      description: "D",
      image: "https://a.example/i.png",
      domain: "a.example",
    };
    const { article } = await show(message(1, { facts: { ...noFacts, preview } }));
    const card = find<HTMLAnchorElement>(article, "[data-testid=link-preview]");
    expect(card.textContent).toBe("a.exampleTD");
    expect(card.rel).toContain("noopener");
    expect(article.querySelector("img")).toBeNull();
    const bad = { ...preview, url: "javascript:alert(1)" };
    const other = await show(message(1, { facts: { ...noFacts, preview: bad } }));
    expect(other.article.querySelector("[data-testid=link-preview]")).toBeNull();
  });

  it("reactions are grouped, named and toggled", async () => {
    const asked: string[] = [];
    const reactions = [
      { userId: "ben", emoji: "👍" },
      { userId: "me", emoji: "👍" },
      { userId: "gone", emoji: "🎉" },
    ];
    const { article } = await show(message(1, { reactions }), {
      calls: {
        unreact: async (id, emoji) => {
          asked.push(`${id} ${emoji}`);
          return ok(true);
        },
      },
    });
    const chips = [...article.querySelectorAll<HTMLElement>("[data-testid=reaction]")];
    expect(chips.map((c) => c.getAttribute("aria-label"))).toEqual([
      "👍 2 reactions: Ben Osei, you",
      "🎉 1 reaction: somebody",
    ]);
    expect(chips[0]?.getAttribute("aria-pressed")).toBe("true");
    await act(async () => chips[0]?.click());
    expect(asked).toEqual(["m1 👍"]);
  });

  it("a quote that is gone or not ours to see says so", async () => {
    const quote = {
      id: "q",
      number: 1,
      senderId: "ben",
      senderName: "Ben Osei",
      content: "",
      type: "TEXT",
      deleted: true,
    };
    const gone = await show(message(2, { replyToId: "q", quote }));
    expect(find(gone.article, "[data-testid=quote]").textContent).toContain("This message was deleted.");
    const unseen = await show(message(2, { replyToId: "q" }));
    expect(unseen.article.textContent).toContain("A message you cannot see");
  });
});

describe("a poll", () => {
  const inputs = (article: HTMLElement) => [...article.querySelectorAll<HTMLInputElement>("input")];

  it("shows how it stands and takes a vote", async () => {
    const votes: (readonly string[])[] = [];
    const vote = async (_: string, ids: readonly string[]) => {
      votes.push(ids);
      return ok(poll);
    };
    const { article } = await show(message(1, { poll, type: "POLL" }), { calls: { vote } });
    // A part of its own, that comes a moment later.
    await act(async () => void (await import("./PollView")));
    expect(inputs(article).map((i) => i.getAttribute("aria-label"))).toEqual([
      "Soup: 2 votes, 100 %",
      "Rice: 0 votes, 0 %",
    ]);
    await act(async () => inputs(article)[1]?.click());
    expect(votes).toEqual([["b"]]);
    expect(byName(article, "Close the poll")).toBeUndefined();
  });

  it("of ours can be closed; past its time nobody votes", async () => {
    const ours = await show(own(1, "k", { poll, type: "POLL" }));
    expect(byName(ours.article, "Close the poll")).toBeDefined();
    const past = { ...poll, expiresAt: "2020-01-01T00:00:00.000000Z" };
    const over = await show(own(1, "k", { poll: past, type: "POLL" }));
    expect(inputs(over.article).every((i) => i.disabled)).toBe(true);
    expect(byName(over.article, "Close the poll")).toBeUndefined();
  });
});

describe("what can be done with it", () => {
  const names = (article: HTMLElement) =>
    [...article.querySelectorAll("[role=toolbar] button")].map((b) => b.getAttribute("aria-label"));
  const point = (article: HTMLElement) =>
    act(async () => {
      const init = { bubbles: true, pointerType: "mouse" };
      article.dispatchEvent(new PointerEvent("pointerover", init));
    });

  it("depends on whose it is and whether it is still there", async () => {
    const theirs = (await show(message(1))).article;
    expect(names(theirs)).toEqual([]);
    await point(theirs);
    expect(names(theirs)).toEqual(["React", "Reply", "More"]);
    const mine = (await show(own(1, "k"))).article;
    await point(mine);
    expect(names(mine)).toEqual(["React", "Reply", "Edit", "More"]);
    const gone = (await show(own(1, "k", { deletedAt: "d", content: "" }))).article;
    await point(gone);
    expect(names(gone)).toEqual(["More"]);
  });

  it("goes by key on the message that has the focus", async () => {
    const { article, chat } = await show(own(1, "k"));
    await press(article, "r");
    expect(chat.store.get().composing.c?.kind).toBe("reply");
    await press(article, "e");
    expect(chat.store.get().composing.c?.kind).toBe("edit");
    const other = await show(message(1));
    await press(other.article, "e");
    expect(other.chat.store.get().composing.c).toBeUndefined();
  });

  it("says why it could not be done, and goes on from there", async () => {
    const change = { edit: { content: "better", failure: failure(403, { detail: "Not yours." }) } };
    const { article, chat } = await show(own(1, "k"), { change, calls: { edit: async () => no(403) } });
    expect(article.textContent).toContain("better");
    expect(find(article, "[role=alert]").textContent).toContain("Your change is not saved: Not yours.");
    await act(async () => byName(article, "Edit")?.click());
    expect(chat.store.get()).toMatchObject({
      changes: {},
      composing: { c: { kind: "edit", text: "better" } },
    });
  });
});
