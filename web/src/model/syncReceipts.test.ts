import { expect, it } from "vitest";
import type { Api } from "./ports";
import { setup } from "./syncTesting";

it("has all receipts where they are too many for one answer", async () => {
  const { sync, fake, server, hello, clock, store } = setup(9, { positions: { c: 9 } });
  const read = (userId: string, number: number) =>
    [{ kind: "read", conversationId: "c", userId, number }] as const;
  const answers = [
    { at: "1", moreReceipts: true, events: [...read("ben", 3)] },
    { at: "2", events: [...read("cleo", 4)] },
  ];
  const works = fake.sync as Api["sync"];
  fake.sync = (request) => {
    server.more = answers.shift() ?? {};
    return works(request);
  };
  sync.connected();
  hello(9);
  await clock.pass(0);
  expect(store.get().reads.c).toEqual({ ben: 3, cleo: 4 });
  expect(server.asked.map(({ since }) => since)).toEqual([null, "1"]);
  expect(sync.since).toBe("2");
});
