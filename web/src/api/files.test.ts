import { expect, it } from "vitest";
import { createFileAddresses } from "./files";
import { fakeRest, refused } from "./testing";

const BASE = "https://chat.example/base/api/v1";
const yes = () => true;

function setup() {
  const held: { path: string; answer: () => void }[] = [];
  const clock = { now: Date.parse("2026-05-04T12:00:00Z") };
  const broken = new Set<string>();
  let given = 0;
  const { rest, calls } = fakeRest(
    ({ path }) =>
      new Promise((done) => {
        const answer = () => {
          const id = path.split("/")[2] ?? "";
          if (broken.has(id)) return done(refused("file_not_found", 404));
          const expiresAt = new Date(clock.now + 3_600_000).toISOString();
          done({
            ok: true,
            value: { url: `http://inside:8000/api/v1/files/${id}?ticket=t${++given}`, expiresAt },
          });
        };
        held.push({ path, answer });
      }),
  );
  const letGo = async () => {
    while (held.length > 0) {
      held.shift()?.answer();
      await new Promise((done) => setTimeout(done));
    }
  };
  return { files: createFileAddresses(rest, BASE, () => clock.now), calls, held, letGo, clock, broken };
}

it("asks once for all who wait, and goes through the address this page knows", async () => {
  const { files, calls, letGo } = setup();
  const both = Promise.all([files.find("a", true, yes), files.find("a", false, yes)]);
  await letGo();
  expect(await both).toEqual([
    { ok: true, value: `${BASE}/files/a?thumbnail=1&ticket=t1` },
    { ok: true, value: `${BASE}/files/a?ticket=t1` },
  ]);
  expect(files.known("a", false)).toBe(`${BASE}/files/a?ticket=t1`);
  expect(calls.map(({ path }) => path)).toEqual(["/files/a/ticket"]);
});

it("asks anew shortly before the end, and after a ticket that did not work", async () => {
  const { files, calls, letGo, clock } = setup();
  const ask = async () => {
    const answer = files.find("a", false, yes);
    await letGo();
    return answer;
  };
  await ask();
  clock.now += 54 * 60_000;
  expect(files.known("a", false)).not.toBeNull();
  clock.now += 2 * 60_000;
  expect(files.known("a", false)).toBeNull();
  expect(await ask()).toEqual({ ok: true, value: `${BASE}/files/a?ticket=t2` });
  files.forget("a");
  await ask();
  expect(calls).toHaveLength(3);
});

it("asks for four at once, the newest first, and not for what was scrolled past", async () => {
  const { files, held, letGo, calls } = setup();
  const ids = ["a", "b", "c", "d", "e", "f", "g"];
  const answers = ids.map((id) => files.find(id, false, () => id !== "f"));
  expect(held).toHaveLength(4);
  await letGo();
  expect(calls.map(({ path }) => path[7])).toEqual(["a", "b", "c", "d", "g", "e"]);
  expect((await Promise.all(answers)).map((answer) => answer?.ok)).toEqual([
    true,
    true,
    true,
    true,
    true,
    undefined,
    true,
  ]);
});

it("a refusal reaches who asked, and the next one is asked for all the same", async () => {
  const { files, letGo, broken } = setup();
  broken.add("a");
  const first = files.find("a", false, yes);
  await letGo();
  expect(await first).toMatchObject({ ok: false, failure: { status: 404 } });
  broken.clear();
  const second = files.find("a", false, yes);
  await letGo();
  expect(await second).toMatchObject({ ok: true });
});
