import { expect, it } from "vitest";
import type { Place } from "../model/diagnose";
import type { SocketHandlers } from "../model/ports";
import { fakeClock } from "../model/testing";
import { createLazyConnect } from "./lazySocket";

const place = {} as Place;

function setup(fails = 0) {
  const clock = fakeClock();
  const tokens: string[] = [];
  const heard: string[] = [];
  let closed = 0;
  let loads = 0;
  const connection = {
    typing: () => void heard.push("typing"),
    alive: async () => true,
    auth: async () => true,
    close: () => closed++,
  };
  const createConnect = () => (token: string) => {
    tokens.push(token);
    return connection;
  };
  const connect = createLazyConnect(place, async () => {
    if (loads++ < fails) throw new Error("no network");
    return { createConnect } as never;
  });
  const handlers = { refused: () => void heard.push("refused") } as unknown as SocketHandlers;
  return { clock, connect, tokens, heard, handlers, closed: () => closed };
}

it("connects when the library is here, and passes everything on", async () => {
  const { clock, connect, tokens, heard, handlers, closed } = setup();
  const line = connect("t", handlers);
  expect(await line.alive(1)).toBe(false);
  await clock.pass(0);
  line.typing("c", true);
  line.close();
  expect([tokens, heard, closed(), await line.alive(1), await line.auth("u")]).toEqual([
    ["t"],
    ["typing"],
    1,
    true,
    true,
  ]);
});

it("one that was closed before never connects", async () => {
  const { clock, connect, tokens, handlers } = setup();
  connect("t", handlers).close();
  await clock.pass(0);
  expect(tokens).toEqual([]);
});

it("a library that did not come is a failed attempt, and asked for again at the next one", async () => {
  const { clock, connect, tokens, heard, handlers } = setup(2);
  connect("t", handlers);
  await clock.pass(0);
  expect([tokens, heard]).toEqual([[], ["refused"]]);
  connect("u", handlers);
  await clock.pass(0);
  expect(tokens).toEqual(["u"]);
});
