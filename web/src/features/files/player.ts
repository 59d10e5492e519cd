/**
 * The one player of the page: what starts stops what played before, and a voice message goes on while one scrolls away
 * from it. Each is known by a key; only the one that plays has a position.
 */
import { createStore } from "../../model/store";

export interface Playing {
  key: string | null;
  state: "loading" | "playing" | "paused" | "failed";
  /** Seconds. */
  at: number;
  /** Null until the file says, which recordings of browsers often do not. */
  duration: number | null;
  speed: number;
}

const SPEEDS = [1, 1.5, 2];
const NOTHING: Playing = { key: null, state: "paused", at: 0, duration: null, speed: 1 };

export class Player {
  readonly store = createStore<Playing>(NOTHING);
  private audio: HTMLAudioElement | null = null;

  constructor(private readonly make: () => HTMLAudioElement = () => new Audio()) {}

  /** @param find the address; null: it cannot be had now */
  async toggle(key: string, find: () => Promise<string | null>): Promise<void> {
    const { key: current, state, speed } = this.store.get();
    const audio = this.element();
    if (current === key && state === "playing") return audio.pause();
    if (current !== key || state === "failed") {
      audio.pause();
      this.store.update(() => ({ ...NOTHING, key, speed, state: "loading" }));
      const address = await find();
      if (this.store.get().key !== key) return;
      if (address === null) return this.set({ state: "failed" });
      audio.src = address;
    }
    audio.playbackRate = speed;
    try {
      await audio.play();
    } catch {
      // A pause right after the start ends the promise too, and is no failure.
      if (this.store.get().key === key && this.store.get().state === "loading") this.set({ state: "failed" });
    }
  }

  seek(key: string, seconds: number): void {
    if (this.store.get().key !== key) return;
    this.element().currentTime = seconds;
    this.set({ at: seconds });
  }

  faster(): void {
    const { speed } = this.store.get();
    const next = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length] ?? 1;
    this.element().playbackRate = next;
    this.set({ speed: next });
  }

  /** What it was for is not on screen any more. */
  stop(): void {
    this.audio?.pause();
    this.audio?.removeAttribute("src");
    this.store.update(({ speed }) =>
      this.store.get().key === null ? this.store.get() : { ...NOTHING, speed },
    );
  }

  private set(change: Partial<Playing>): void {
    this.store.update((playing) => ({ ...playing, ...change }));
  }

  private element(): HTMLAudioElement {
    if (this.audio) return this.audio;
    const audio = this.make();
    this.audio = audio;
    audio.addEventListener("playing", () => this.set({ state: "playing" }));
    audio.addEventListener("pause", () => this.set({ state: "paused" }));
    audio.addEventListener("ended", () => this.set({ state: "paused", at: 0 }));
    audio.addEventListener("timeupdate", () => this.set({ at: audio.ended ? 0 : audio.currentTime }));
    audio.addEventListener("durationchange", () =>
      this.set({ duration: Number.isFinite(audio.duration) ? audio.duration : null }),
    );
    audio.addEventListener("error", () => {
      if (audio.hasAttribute("src")) this.set({ state: "failed" });
    });
    return audio;
  }
}

export const player = new Player();
