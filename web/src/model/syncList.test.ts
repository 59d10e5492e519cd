import { describe, expect, it } from "vitest";
import type { Api, Result } from "./ports";
import { last, loaded, page, setup } from "./syncTesting";
import { conversation, event, no, ok, person } from "./testing";
import type { ConversationList, Page } from "./types";

describe("the list", () => {
  it("keeps a conversation that moved up between two of its pages", async () => {
    const { sync, store, fake } = setup(0, { positions: { c: 3 } });
    fake.conversations = async (cursor) => {
      if (cursor === null) return ok({ conversations: [conversation("a")], next: "2" });
      sync.event(event(4));
      return ok({ conversations: [conversation("b")], next: null });
    };
    await sync.loadList();
    expect(Object.keys(store.get().conversations).sort()).toEqual(["a", "b", "c"]);
  });

  it("that is older than an event does not undo it", async () => {
    const { sync, store, fake } = setup(0, {
      positions: { c: 3 },
      conversations: { c: conversation("c", { last: last(3) }) },
    });
    let answer: (list: Result<ConversationList>) => void = () => {};
    fake.conversations = () => new Promise((resolve) => (answer = resolve));
    const loading = sync.loadList();
    sync.event(event(4));
    answer(ok({ conversations: [conversation("c", { last: last(3), unread: 1 })], next: null }));
    await loading;
    expect(store.get().conversations.c).toMatchObject({ unread: 2, last: { id: "m4" } });
  });

  it("marks, after a reload, who is spoken to in the newest message", async () => {
    const { sync, store, fake } = setup(0);
    const row = (id: string, content: string, unread = 1) =>
      conversation(id, { type: "group", unread, last: { ...last(1), content } });
    const conversations = [row("a", "@Me Myself?"), row("b", "@all", 0), row("c", "hello")];
    fake.conversations = async () => ok({ conversations, next: null });
    await sync.loadList();
    const marked = Object.values(store.get().conversations).filter(({ mentioned }) => mentioned);
    expect(marked.map(({ id }) => id)).toEqual(["a"]);
  });

  it("that is newer than an event does not count it twice", async () => {
    const { sync, store, fake } = setup(0, {
      positions: { c: 3 },
      conversations: { c: conversation("c", { last: last(3) }) },
    });
    let answer: (list: Result<ConversationList>) => void = () => {};
    fake.conversations = () => new Promise((resolve) => (answer = resolve));
    const loading = sync.loadList();
    sync.event(event(4));
    answer(ok({ conversations: [conversation("c", { last: last(4), unread: 2 })], next: null }));
    await loading;
    expect(store.get().conversations.c?.unread).toBe(2);
  });

  it("drops what is gone, keeps what was born meanwhile, and reads all pages", async () => {
    const { sync, store, fake, clock } = setup(0, { conversations: { gone: conversation("gone") } });
    fake.conversations = async (cursor) => {
      if (cursor === null) return ok({ conversations: [conversation("a")], next: "2" });
      sync.event({ kind: "conversation", conversation: conversation("born"), seq: 0 });
      return ok({ conversations: [conversation("b")], next: null });
    };
    await sync.loadList();
    await clock.pass(0);
    expect(Object.keys(store.get().conversations).sort()).toEqual(["a", "b", "born"]);
  });

  it("that cannot be loaded says so, and is tried again", async () => {
    const { sync, store, fake, clock } = setup(0, { list: "loading" });
    const works = fake.conversations as Api["conversations"];
    fake.conversations = async () => no(500);
    await sync.loadList();
    expect(store.get().list).toBe("failed");
    fake.conversations = works;
    await clock.pass(2_000);
    expect(store.get().list).toBe("ready");
  });
});

describe("being taken out of a conversation", () => {
  const removed = (seq: number) =>
    ({ kind: "member_removed", conversationId: "c", seq, userId: "me", memberCount: 1 }) as const;

  it("while an older page is on its way leaves nothing of it behind", async () => {
    const { sync, store, fake } = setup(120);
    await sync.open("c");
    store.update((state) => ({ ...state, positions: { c: 1 } }));
    let answer: (page: Result<Page>) => void = () => {};
    fake.messages = () => new Promise((resolve) => (answer = resolve));
    const older = sync.older("c");
    sync.event(removed(2));
    answer(ok(page(21, 70)));
    await older;
    expect(store.get().windows).toEqual({});
    expect(store.get().conversations).toEqual({});
  });

  it("is not undone by a list that was fetched before", async () => {
    const { sync, store, fake } = setup(0, { positions: { c: 1 } });
    let answer: (list: Result<ConversationList>) => void = () => {};
    fake.conversations = () => new Promise((resolve) => (answer = resolve));
    const loading = sync.loadList();
    sync.event(removed(2));
    answer(ok({ conversations: [conversation("c")], next: null }));
    await loading;
    expect(store.get().conversations).toEqual({});
  });
});

it("who joins the open conversation gets a face as soon as it was asked for", async () => {
  const { sync, store, fake, clock } = setup(0, { positions: { c: 1 }, windows: { c: loaded(1, 1) } });
  const cleo = { userId: "cleo", role: "member" as const, person: person("cleo", "Cleo Park") };
  const row = conversation();
  fake.conversation = async () => ok({ ...row, members: [...row.members, cleo], memberCount: 3 });
  const added = [{ userId: "cleo", name: "Cleo Park", role: "member" as const }];
  sync.event({ kind: "members_added", conversationId: "c", seq: 2, added, memberCount: 3 });
  expect(store.get().conversations.c?.members[2]?.person.email).toBe("");
  await clock.pass(1_000);
  expect(store.get().conversations.c?.members[2]).toEqual(cleo);
});
