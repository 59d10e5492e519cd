import { beforeEach, expect, it, vi } from "vitest";
import { failure } from "../model/testing";
import { sendForm } from "./upload";

/** A request as far as uploads use one: the test says what happens to it. */
class FakeRequest extends EventTarget {
  static all: FakeRequest[] = [];
  upload = new EventTarget();
  headers: Record<string, string> = {};
  withCredentials = false;
  status = 0;
  responseText = "";
  retryAfter: string | null = null;
  open(): void {}
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  send(): void {
    FakeRequest.all.push(this);
  }
  abort(): void {
    this.dispatchEvent(new Event("abort"));
  }
  getResponseHeader(): string | null {
    return this.retryAfter;
  }
  progress(loaded: number, total: number): void {
    this.upload.dispatchEvent(
      Object.assign(new Event("progress"), { lengthComputable: true, loaded, total }),
    );
  }
  answer(status: number, body: unknown): void {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.dispatchEvent(new Event("load"));
  }
}

beforeEach(() => {
  FakeRequest.all = [];
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  return () => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  };
});

const settle = () => new Promise((done) => setTimeout(done));

function start() {
  const parts: number[] = [];
  const renewed: string[] = [];
  const bearer = {
    token: () => "old",
    renew: async (refused: string) => {
      renewed.push(refused);
      return "new";
    },
    find: async () => null,
    deactivated: () => {},
  };
  const sending = sendForm("http://chat.test/x", new FormData(), bearer, (part) => parts.push(part));
  return { ...sending, parts, renewed, request: FakeRequest.all[0] as FakeRequest };
}

it("carries the token, tells how much has left, and answers with the body", async () => {
  const { answer, parts, request } = start();
  expect(request.headers.Authorization).toBe("Bearer old");
  expect(request.withCredentials).toBe(true);
  request.progress(30, 100);
  request.progress(100, 100);
  request.answer(201, { id: "m" });
  expect(await answer).toEqual({ ok: true, value: { id: "m" } });
  expect(parts).toEqual([0.3, 1]);
});

it("a token that has ended meanwhile is renewed, once, and everything sent again", async () => {
  const { answer, renewed, request } = start();
  request.answer(401, { detail: "Over.", code: "token_expired" });
  await settle();
  expect(renewed).toEqual(["old"]);
  expect(FakeRequest.all[1]?.headers.Authorization).toBe("Bearer new");
  FakeRequest.all[1]?.answer(401, { detail: "Over.", code: "token_expired" });
  expect(await answer).toMatchObject({ ok: false, failure: { code: "token_expired" } });
  expect(FakeRequest.all).toHaveLength(2);
});

it("a refusal comes with the server's words and the time it asks to wait", async () => {
  const { answer, request } = start();
  request.retryAfter = "12";
  request.answer(429, { detail: "Slower.", code: "rate_limited" });
  const expected = failure(429, { code: "rate_limited", detail: "Slower.", retryAfter: 12 });
  expect(await answer).toEqual({ ok: false, failure: expected });
});

it("what is cancelled says so, whatever it was waiting for", async () => {
  const { answer, cancel } = start();
  cancel();
  expect(await answer).toMatchObject({ ok: false, failure: { code: "cancelled" } });
});

it("a line on which no byte moves is given up; the server gets longer when it has everything", async () => {
  vi.useFakeTimers();
  const { answer, request } = start();
  await vi.advanceTimersByTimeAsync(29_000);
  request.progress(1, 2);
  await vi.advanceTimersByTimeAsync(29_000);
  request.progress(2, 2);
  await vi.advanceTimersByTimeAsync(119_000);
  expect(FakeRequest.all).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await answer).toMatchObject({ ok: false, failure: { code: "timeout" } });
});
