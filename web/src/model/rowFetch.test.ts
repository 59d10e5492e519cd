import { expect, it } from "vitest";
import { setup } from "./syncTesting";
import { conversation, ok, person } from "./testing";

const row = (unread: number) =>
  conversation("c", { unread, last: { id: "m9", content: "", type: "TEXT", senderId: "ben", at: "9" } });

it("many things that leave a row open are asked about once, and once more for those that came meanwhile", async () => {
  const { sync, server, clock } = setup(3, { conversations: { c: row(3) } });
  for (let n = 1; n <= 20; n++) sync.event({ kind: "cleared", conversationId: "c", number: n });
  sync.event({ kind: "hidden", conversationId: "c", messageId: "not the last one" });
  await clock.pass(0);
  expect(server.calls).toEqual(["conversation c", "conversation c"]);
});

it("how many a read position leaves is asked where the number of the last message is not known", async () => {
  const { sync, server, store, clock } = setup(9, { conversations: { c: row(5) } });
  server.unread = 2;
  sync.event({ kind: "read", conversationId: "c", userId: "me", number: 7 });
  await clock.pass(0);
  expect(server.calls).toEqual(["conversation c"]);
  expect(store.get().conversations.c?.unread).toBe(2);
  sync.event({ kind: "read", conversationId: "c", userId: "ben", number: 9 });
  await clock.pass(0);
  expect(server.calls).toHaveLength(1);
});

it("what was asked over a line that broke is asked again over the next", async () => {
  const { sync, fake, hello, clock } = setup(9, { conversations: { c: row(5) } });
  sync.connected();
  hello(0);
  await clock.pass(0);
  const answers: (() => void)[] = [];
  fake.conversation = (id) => new Promise((done) => answers.push(() => done(ok(conversation(id)))));
  void sync.refreshRow("c");
  sync.connected();
  answers[0]?.();
  await clock.pass(0);
  expect(answers).toHaveLength(2);
});

it("who is online is asked for once however many join at once", async () => {
  const { sync, fake, clock } = setup(0, { positions: { c: 0 }, conversations: { c: row(0) } });
  let asked = 0;
  fake.online = async () => ok([`${++asked}`]);
  for (let seq = 1; seq <= 30; seq++) {
    const added = [{ userId: `p${seq}`, name: person("p").name, role: "member" as const }];
    sync.event({ kind: "members_added", conversationId: "c", seq, added, memberCount: seq + 2 });
  }
  await clock.pass(0);
  expect(asked).toBe(2);
});
