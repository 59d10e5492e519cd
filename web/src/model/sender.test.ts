import { describe, expect, it } from "vitest";
import { apply } from "./apply";
import { attachmentFor } from "./attachment";
import type { Api, Result, Upload } from "./ports";
import { rows } from "./rows";
import { type Others, Sender } from "./sender";
import type { State } from "./state";
import { createStore } from "./store";
import { api, fakeClock, message, no, ok, own, stateWith } from "./testing";
import type { Message } from "./types";
import { Uploads } from "./uploads";
import { emptyWindow } from "./window";

type Send = Parameters<Api["send"]>[0];

interface Uploading {
  request: Parameters<Upload>[0];
  progress: (part: number) => void;
  answer: (result: Result<Message>) => void;
}

function setup(over: Partial<State> = {}, others: Others | null = null) {
  const clock = fakeClock();
  const store = createStore<State>(stateWith({ windows: { c: emptyWindow }, ...over }));
  const asked: { request: Send; answer: (result: Result<Message>) => void }[] = [];
  const send = (request: Send) => new Promise<Result<Message>>((answer) => asked.push({ request, answer }));
  let ids = 0;
  const uploading: Uploading[] = [];
  const upload: Upload = (request, progress) => {
    let answer: Uploading["answer"] = () => {};
    const promise = new Promise<Result<Message>>((resolve) => {
      answer = resolve;
    });
    uploading.push({ request, progress, answer });
    return { answer: promise, cancel: () => answer(no(0, { code: "cancelled" })) };
  };
  const newId = () => `id${++ids}`;
  const uploads = new Uploads(upload, newId);
  let dead = false;
  const alive = async () => !dead && store.get().connection.name === "online";
  const die = () => {
    dead = true;
  };
  const sender = new Sender(store, api({ send }), uploads, clock, newId, alive, () => others);
  const bubbles = () => {
    const state = store.get();
    return rows({
      messages: state.windows.c?.messages ?? [],
      outbox: state.outbox.c ?? [],
      complete: true,
      conversation: state.conversations.c,
      reads: {},
      deliveries: {},
      changes: {},
      me: { id: "me", name: "Me" },
      readUpTo: null,
    }).flatMap((row) =>
      row.kind === "message" ? [`${row.key} ${row.bubble.content} ${row.bubble.state}`] : [],
    );
  };
  const told = (m: Message) =>
    store.update((s) => apply(s, { kind: "message", conversationId: "c", seq: m.number, message: m }, 0));
  return { clock, store, asked, sender, uploads, uploading, bubbles, told, die };
}

describe("a send", () => {
  it("shows at once, before any answer", () => {
    const { sender, bubbles } = setup();
    sender.send("c", "hello");
    expect(bubbles()).toEqual(["id1 hello pending"]);
  });

  it.each([
    ["answer, then event", ["answer", "event"]],
    ["event, then answer", ["event", "answer"]],
  ])("is one bubble under one key: %s", async (_, order) => {
    const { sender, asked, bubbles, told, clock } = setup();
    sender.send("c", "hello");
    const stored = own(1, "id1", { content: "hello" });
    for (const step of order) {
      if (step === "answer") asked[0]?.answer(ok(stored));
      else told(stored);
      await clock.pass(0);
      expect(bubbles()).toEqual(["id1 hello sent"]);
    }
  });

  it("whose number is not next in line is shown as sent and waits for its place", async () => {
    const { sender, asked, bubbles, told, clock, store } = setup();
    sender.send("c", "mine");
    asked[0]?.answer(ok(own(2, "id1", { content: "mine" })));
    await clock.pass(0);
    expect(bubbles()).toEqual(["id1 mine sent"]);
    expect(store.get().windows.c?.messages).toEqual([]);
    told(message(1, { content: "theirs" }));
    told(own(2, "id1", { content: "mine" }));
    expect(bubbles()).toEqual(["m1 theirs sent", "id1 mine sent"]);
    expect(store.get().outbox).toEqual({});
  });

  it("shows in the list at once when it is stored", async () => {
    const { sender, asked, clock, store } = setup();
    sender.send("c", "mine");
    asked[0]?.answer(ok(own(1, "id1", { content: "mine" })));
    await clock.pass(0);
    expect(store.get().conversations.c?.last?.content).toBe("mine");
  });

  it("waits for the one before it", async () => {
    const { sender, asked, clock } = setup();
    sender.send("c", "one");
    sender.send("c", "two");
    expect(asked.map((a) => a.request.content)).toEqual(["one"]);
    asked[0]?.answer(ok(own(1, "id1")));
    await clock.pass(0);
    expect(asked.map((a) => a.request.content)).toEqual(["one", "two"]);
  });

  it("goes too when it is written while the turn of the one before is being given back", async () => {
    let given = () => {};
    const givenBack = new Promise<void>((done) => {
      given = done;
    });
    const { sender, asked, clock } = setup(
      {},
      {
        alone: (_, work) => work().then(() => givenBack),
        finished: async () => null,
        discard: () => {},
      },
    );
    sender.send("c", "one");
    await clock.pass(0);
    asked[0]?.answer(ok(own(1, "id1")));
    await clock.pass(0);
    sender.send("c", "two");
    given();
    await clock.pass(0);
    expect(asked.map((a) => a.request.content)).toEqual(["one", "two"]);
  });
});

describe("a failure", () => {
  it("keeps the text; a retry sends the same id", async () => {
    const { sender, asked, bubbles, clock, store } = setup();
    sender.send("c", "hello");
    asked[0]?.answer(no(500));
    await clock.pass(0);
    expect(bubbles()).toEqual(["id1 hello failed"]);
    sender.retry("c", "id1");
    expect(bubbles()).toEqual(["id1 hello pending"]);
    expect(asked[1]?.request.clientId).toBe("id1");
    asked[1]?.answer(ok(own(1, "id1", { content: "hello" })));
    await clock.pass(0);
    expect(bubbles()).toEqual(["id1 hello sent"]);
    expect(store.get().outbox).toEqual({});
  });

  it("does not stop the next message", async () => {
    const { sender, asked, clock, bubbles } = setup();
    sender.send("c", "bad");
    sender.send("c", "good");
    asked[0]?.answer(no(422, { detail: "no" }));
    await clock.pass(0);
    asked[1]?.answer(ok(own(1, "id2", { content: "good" })));
    await clock.pass(0);
    expect(bubbles()).toEqual(["id2 good sent", "id1 bad failed"]);
  });

  it("can be discarded", async () => {
    const { sender, asked, clock, bubbles } = setup();
    sender.send("c", "bad");
    asked[0]?.answer(no(422));
    await clock.pass(0);
    sender.discard("c", "id1");
    expect(bubbles()).toEqual([]);
  });

  it("that was only the time-out of a stored message settles on the event", async () => {
    const { sender, asked, clock, bubbles, told } = setup();
    sender.send("c", "hello");
    asked[0]?.answer(no(0, { code: "timeout" }));
    await clock.pass(300);
    expect(bubbles()).toEqual(["id1 hello failed"]);
    told(own(1, "id1", { content: "hello" }));
    expect(bubbles()).toEqual(["id1 hello sent"]);
  });
});

describe("without a connection", () => {
  const offline = { connection: { name: "waiting", attempt: 1, lostAt: 0, why: null, retryAt: 0 } } as const;

  it("messages wait in order and go by themselves when it is back", async () => {
    const { sender, asked, clock, bubbles, store } = setup(offline);
    sender.send("c", "one");
    sender.send("c", "two");
    asked[0]?.answer(no(0));
    await clock.pass(300);
    expect(bubbles()).toEqual(["id1 one pending", "id2 two pending"]);
    store.update((s) => ({ ...s, connection: { name: "online", id: "s" } }));
    sender.resume();
    await clock.pass(0);
    asked[1]?.answer(ok(own(1, "id1", { content: "one" })));
    await clock.pass(0);
    asked[2]?.answer(ok(own(2, "id2", { content: "two" })));
    await clock.pass(0);
    expect(bubbles()).toEqual(["id1 one sent", "id2 two sent"]);
  });

  it("that nobody has noticed yet they wait as well", async () => {
    const { sender, asked, clock, bubbles, die } = setup();
    die();
    sender.send("c", "one");
    asked[0]?.answer(no(0));
    await clock.pass(300);
    expect(bubbles()).toEqual(["id1 one pending"]);
    sender.resume();
    expect(asked[1]?.request.clientId).toBe("id1");
  });

  it("what failed in the moment the server died goes again", async () => {
    const { sender, asked, clock, bubbles } = setup();
    sender.send("c", "one");
    asked[0]?.answer(no(0));
    await clock.pass(300);
    expect(bubbles()).toEqual(["id1 one failed"]);
    sender.resume();
    expect(asked[1]?.request.clientId).toBe("id1");
  });

  it("what failed and what still waits go in the order they were written", async () => {
    const { sender, asked, clock, bubbles } = setup();
    sender.send("c", "one");
    asked[0]?.answer(no(0));
    await clock.pass(300);
    sender.send("c", "two");
    asked[1]?.answer(no(0));
    expect(bubbles()).toEqual(["id1 one failed", "id2 two pending"]);
    sender.resume();
    await clock.pass(300);
    expect(asked[2]?.request.content).toBe("one");
    expect(bubbles()).toEqual(["id1 one pending", "id2 two pending"]);
  });

  it("a refused session keeps the message for after the sign-in", async () => {
    const { sender, asked, clock, bubbles } = setup();
    sender.send("c", "one");
    asked[0]?.answer(no(401));
    await clock.pass(60_000);
    expect(bubbles()).toEqual(["id1 one pending"]);
    expect(asked).toHaveLength(1);
    sender.resume();
    expect(asked).toHaveLength(2);
  });
});

it("a pause the server asks for is waited out", async () => {
  const { sender, asked, clock, bubbles } = setup();
  sender.send("c", "one");
  asked[0]?.answer(no(429, { retryAfter: 3 }));
  await clock.pass(2_900);
  expect(asked).toHaveLength(1);
  expect(bubbles()).toEqual(["id1 one pending"]);
  await clock.pass(200);
  expect(asked).toHaveLength(2);
});

describe("a file", () => {
  const bytes = { size: 5, type: "image/png" };
  const file = attachmentFor({ ...bytes, name: "a.png" });

  it("keeps its place among the texts around it", async () => {
    const { sender, asked, uploading, bubbles, clock } = setup();
    sender.send("c", "before");
    sender.sendFile("c", file, bytes);
    sender.send("c", "after");
    expect(bubbles()).toEqual(["id1 before pending", "id2 a.png pending", "id3 after pending"]);
    asked[0]?.answer(ok(own(1, "id1", { content: "before" })));
    await clock.pass(0);
    expect(asked).toHaveLength(1);
    expect(uploading[0]?.request).toMatchObject({ clientId: "id2", name: "a.png", bytes, duration: null });
    uploading[0]?.answer(ok(own(2, "id2", { content: "a.png", type: "IMAGE" })));
    await clock.pass(0);
    expect(asked[1]?.request.content).toBe("after");
    expect(bubbles()).toEqual(["id1 before sent", "id2 a.png sent", "id3 after pending"]);
  });

  it("tells how much has left, as long as it runs", async () => {
    const { sender, uploads, uploading, clock } = setup();
    sender.sendFile("c", file, bytes);
    uploading[0]?.progress(0.4);
    expect(uploads.progress.get()).toEqual({ id1: 0.4 });
    uploading[0]?.answer(ok(own(1, "id1")));
    await clock.pass(0);
    expect(uploads.progress.get()).toEqual({});
  });

  it("that failed goes again as the same message with the same bytes", async () => {
    const { sender, uploads, uploading, bubbles, clock } = setup();
    sender.sendFile("c", file, bytes);
    uploading[0]?.answer(no(0));
    await clock.pass(300);
    expect(bubbles()).toEqual(["id1 a.png failed"]);
    sender.retry("c", "id1");
    expect(uploading[1]?.request).toEqual(uploading[0]?.request);
    uploading[1]?.answer(ok(own(1, "id1", { content: "a.png" })));
    await clock.pass(0);
    expect(bubbles()).toEqual(["id1 a.png sent"]);
    expect(uploads.bytesOf("id1")).toBe(bytes);
  });

  it("that is cancelled is gone, and what waited behind it goes", async () => {
    const { sender, asked, uploads, uploading, bubbles, clock } = setup();
    sender.sendFile("c", file, bytes);
    sender.send("c", "after");
    sender.discard("c", "id1");
    await clock.pass(0);
    expect(uploading).toHaveLength(1);
    expect(bubbles()).toEqual(["id2 after pending"]);
    expect(asked[0]?.request.content).toBe("after");
    expect(uploads.bytesOf("id1")).toBeNull();
  });
});
