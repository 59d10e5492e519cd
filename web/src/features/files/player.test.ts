import { beforeEach, expect, it } from "vitest";
import { Player } from "./player";

/** An audio element as far as the player uses one; it starts when it is told that it started. */
class FakeAudio extends EventTarget {
  playbackRate = 1;
  currentTime = 0;
  duration = Number.POSITIVE_INFINITY;
  ended = false;
  playable = true;
  paused = true;
  private address: string | null = null;
  set src(address: string) {
    this.address = address;
  }
  hasAttribute(): boolean {
    return this.address !== null;
  }
  removeAttribute(): void {
    this.address = null;
  }
  async play(): Promise<void> {
    if (!this.playable) throw new Error("NotSupportedError");
    this.paused = false;
    this.tell("playing");
  }
  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.tell("pause");
  }
  tell(name: string): void {
    this.dispatchEvent(new Event(name));
  }
}

let audio: FakeAudio;
let player: Player;
const at = (address: string | null) => async () => address;

beforeEach(() => {
  audio = new FakeAudio();
  player = new Player(() => audio as unknown as HTMLAudioElement);
});

it("plays, pauses where it is, and goes on from there", async () => {
  await player.toggle("a", at("blob:a"));
  expect(player.store.get()).toMatchObject({ key: "a", state: "playing" });
  audio.currentTime = 3;
  audio.tell("timeupdate");
  await player.toggle("a", at("blob:a"));
  expect(player.store.get()).toMatchObject({ state: "paused", at: 3 });
  await player.toggle("a", async () => Promise.reject(new Error("asked for its address again")));
  expect(player.store.get()).toMatchObject({ state: "playing", at: 3 });
});

it("what starts ends what played before, and keeps the speed", async () => {
  await player.toggle("a", at("blob:a"));
  player.faster();
  await player.toggle("b", at("blob:b"));
  expect(player.store.get()).toMatchObject({ key: "b", state: "playing", at: 0, speed: 1.5 });
  expect(audio.playbackRate).toBe(1.5);
  player.faster();
  player.faster();
  expect(player.store.get().speed).toBe(1);
});

it("an address that comes too late plays nothing", async () => {
  let found: (address: string) => void = () => {};
  const late = player.toggle("a", () => new Promise((resolve) => (found = resolve)));
  await player.toggle("b", at("blob:b"));
  found("blob:a");
  await late;
  expect(player.store.get()).toMatchObject({ key: "b", state: "playing" });
});

it("says what cannot be played, and tries again with a new address", async () => {
  await player.toggle("a", at(null));
  expect(player.store.get().state).toBe("failed");
  audio.playable = false;
  await player.toggle("a", at("blob:a"));
  expect(player.store.get().state).toBe("failed");
  audio.playable = true;
  await player.toggle("a", at("blob:a"));
  expect(player.store.get().state).toBe("playing");
});

it("knows a length only where the file says one, seeks only in what plays, and ends at the beginning", async () => {
  await player.toggle("a", at("blob:a"));
  audio.tell("durationchange");
  expect(player.store.get().duration).toBeNull();
  audio.duration = 9;
  audio.tell("durationchange");
  player.seek("b", 5);
  expect(audio.currentTime).toBe(0);
  player.seek("a", 5);
  expect(player.store.get()).toMatchObject({ duration: 9, at: 5 });
  audio.ended = true;
  audio.tell("ended");
  expect(player.store.get()).toMatchObject({ state: "paused", at: 0 });
  player.stop();
  expect(player.store.get()).toMatchObject({ key: null, duration: null });
});
