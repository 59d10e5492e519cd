/**
 * Sends a file. Not by fetch, like everything else: only XMLHttpRequest tells how much of a body has left.
 */
import type { Result, Sending, Upload } from "../model/ports";
import type { Message } from "../model/types";
import type * as wire from "./contract.gen";
import { message } from "./normalise";
import { type Bearer, NETWORK, refusal, TIMEOUT, withToken } from "./rest";

/** No byte has moved for this long: the line is dead though it looks open. */
const STALLED_MS = 30_000;
/** All bytes have left: the server checks them, stores them far away perhaps, makes a small picture. */
const ANSWER_MS = 120_000;

const CANCELLED = { code: "cancelled", detail: "", status: 0, retryAfter: null };

export function createUpload(base: string, bearer: Bearer): Upload {
  return (request, progress) => {
    const form = new FormData();
    // The file comes last: the server knows everything else before its first byte.
    form.set("conversation_id", request.conversationId);
    form.set("client_id", request.clientId);
    if (request.replyToId !== null) form.set("reply_to_id", request.replyToId);
    if (request.duration !== null) form.set("duration", String(request.duration));
    form.set("file", request.bytes as Blob, request.name);
    const sending = sendForm<wire.Message>(`${base}/messages/upload`, form, bearer, progress);
    const answer = sending.answer.then(
      (result): Result<Message> => (result.ok ? { ok: true, value: message(result.value) } : result),
    );
    return { answer, cancel: sending.cancel };
  };
}

/** @param progress told the part of the body that has left, 0 to 1 */
export function sendForm<T>(
  url: string,
  form: FormData,
  bearer: Bearer,
  progress: (part: number) => void,
): Sending<T> {
  let cancelled = false;
  let current: XMLHttpRequest | null = null;
  const once = async (token: string | null): Promise<Result<T>> => {
    if (cancelled) return { ok: false, failure: CANCELLED };
    const request = new XMLHttpRequest();
    current = request;
    const result = await run<T>(request, url, form, token, progress);
    return cancelled ? { ok: false, failure: CANCELLED } : result;
  };
  return {
    answer: withToken(bearer, once),
    cancel() {
      cancelled = true;
      current?.abort();
    },
  };
}

function run<T>(
  request: XMLHttpRequest,
  url: string,
  form: FormData,
  token: string | null,
  progress: (part: number) => void,
): Promise<Result<T>> {
  return new Promise((done) => {
    let stalled = false;
    let timer: ReturnType<typeof setTimeout>;
    const watch = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        stalled = true;
        request.abort();
      }, ms);
    };
    const fail = () => {
      clearTimeout(timer);
      done({ ok: false, failure: stalled ? TIMEOUT : NETWORK });
    };
    request.upload.addEventListener("progress", (event) => {
      watch(event.loaded < event.total ? STALLED_MS : ANSWER_MS);
      if (event.lengthComputable && event.total > 0) progress(event.loaded / event.total);
    });
    request.addEventListener("load", async () => {
      clearTimeout(timer);
      const { status, responseText } = request;
      const headers = { "Retry-After": request.getResponseHeader("Retry-After") ?? "" };
      const answer = new Response(status === 204 ? null : responseText, { status, headers });
      if (answer.ok) done({ ok: true, value: (await answer.json()) as T });
      else done({ ok: false, failure: await refusal(answer) });
    });
    request.addEventListener("error", fail);
    request.addEventListener("abort", fail);
    request.open("POST", url);
    request.withCredentials = true;
    if (token !== null) request.setRequestHeader("Authorization", `Bearer ${token}`);
    watch(STALLED_MS);
    request.send(form);
  });
}
