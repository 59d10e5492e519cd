// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { record, recordingName } from "./recorder";

afterEach(() => vi.unstubAllGlobals());

function microphone(getUserMedia: () => Promise<MediaStream>) {
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
  vi.stubGlobal("MediaRecorder", class {});
}

it.each([
  ["NotAllowedError", "refused"],
  ["NotFoundError", "missing"],
  ["NotReadableError", "failed"],
])("%s: %s", async (name, trouble) => {
  microphone(() => Promise.reject(new DOMException("no", name)));
  expect(await record()).toBe(trouble);
});

it("browsers hide the microphone from insecure pages", async () => {
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("isSecureContext", false);
  expect(await record()).toBe("insecure");
});

it("a recording that cannot begin lets go of the microphone", async () => {
  const stop = vi.fn();
  microphone(async () => ({ getTracks: () => [{ stop }] }) as unknown as MediaStream);
  expect(await record()).toBe("failed");
  expect(stop).toHaveBeenCalledOnce();
});

it("is named by the day and time it was spoken, in the speaker's zone, with the ending of its type", () => {
  const then = new Date(2026, 4, 4, 9, 5, 7);
  expect(recordingName("audio/webm", then)).toBe("Voice message 2026-05-04 09.05.07.webm");
  expect(recordingName("audio/mp4", then)).toMatch(/\.m4a$/);
  expect(recordingName("audio/ogg", then)).toMatch(/\.ogg$/);
});
