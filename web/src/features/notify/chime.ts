/** A short tone, made here: two notes that rise a fifth. */
const NOTES = [587.33, 880];
const NOTE_S = 0.16;
/** Full volume of a sine is loud; this is as loud as it gets. */
const LOUDEST = 0.3;

let context: AudioContext | null = null;

/** @param volume 0 to 100. Silent where the browser wants a click first. */
export async function chime(volume: number): Promise<void> {
  if (volume <= 0 || typeof AudioContext === "undefined") return;
  context ??= new AudioContext();
  try {
    if (context.state === "suspended") await context.resume();
  } catch {
    return;
  }
  const { currentTime, destination } = context;
  for (const [n, frequency] of NOTES.entries()) {
    const begin = currentTime + n * NOTE_S * 0.7;
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime((volume / 100) * LOUDEST, begin + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, begin + NOTE_S);
    tone.connect(gain).connect(destination);
    tone.start(begin);
    tone.stop(begin + NOTE_S);
  }
}
