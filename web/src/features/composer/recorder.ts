/** The microphone: asks for it, records, tells how loud it is, and lets go of it. */

export type Trouble = "refused" | "missing" | "insecure" | "failed";

export interface Recording {
  bytes: Blob;
  /** Seconds. */
  duration: number;
}

export interface Recorder {
  /** How loud it is now, 0 to 1. */
  level(): number;
  stop(): Promise<Recording>;
  /** Nothing of it is kept. */
  cancel(): void;
}

/** What browsers record and others play: Safari knows only the last. */
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const BITS_PER_SECOND = 32_000;

export async function record(): Promise<Recorder | Trouble> {
  if (!navigator.mediaDevices?.getUserMedia || typeof MediaRecorder === "undefined") {
    return window.isSecureContext ? "failed" : "insecure";
  }
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    return trouble(error);
  }
  const silence = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  try {
    return start(stream, silence);
  } catch {
    silence();
    return "failed";
  }
}

function start(stream: MediaStream, silence: () => void): Recorder {
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, {
    audioBitsPerSecond: BITS_PER_SECOND,
    ...(mimeType ? { mimeType } : {}),
  });
  const chunks: Blob[] = [];
  recorder.addEventListener("dataavailable", ({ data }) => chunks.push(data));
  const meter = makeMeter(stream);
  const end = () => {
    silence();
    meter.close();
  };
  recorder.start();
  const startedAt = performance.now();
  return {
    level: meter.level,
    stop: () =>
      new Promise((done) => {
        const duration = (performance.now() - startedAt) / 1_000;
        recorder.addEventListener("stop", () => {
          end();
          const type = (recorder.mimeType || mimeType || "audio/webm").split(";")[0] ?? "";
          done({ bytes: new Blob(chunks, { type }), duration });
        });
        recorder.stop();
      }),
    cancel() {
      if (recorder.state !== "inactive") recorder.stop();
      end();
    },
  };
}

function makeMeter(stream: MediaStream): { level(): number; close(): void } {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level() {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      // Speech lies around a tenth of full scale; the root makes the quiet visible too.
      return Math.min(1, Math.sqrt(Math.sqrt(sum / samples.length) * 2));
    },
    close: () => void (context.state !== "closed" && context.close()),
  };
}

function trouble(error: unknown): Trouble {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "missing" : "failed";
}

/** A name as a file: the day and time it was spoken, in the speaker's own zone. */
export function recordingName(type: string, now: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}.${two(now.getMinutes())}.${two(now.getSeconds())}`;
  const ending = type.includes("mp4") ? "m4a" : type.includes("ogg") ? "ogg" : "webm";
  return `Voice message ${day} ${time}.${ending}`;
}
