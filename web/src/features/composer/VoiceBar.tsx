import { useCallback, useEffect, useRef, useState } from "react";
import { durationText } from "../../model/attachment";
import { t } from "../../texts";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { PlayerBar } from "../files/AudioPlayer";
import { player } from "../files/player";
import { useOwnUrl } from "../files/useFileAddress";
import { type Recorder, type Recording, record, recordingName, type Trouble } from "./recorder";
import styles from "./VoiceBar.module.css";

/** Seconds. It stops by itself then, and nothing is lost. */
const LONGEST_S = 10 * 60;
const WARN_S = 30;
/** Anything shorter was a slip of the finger. */
const SHORTEST_S = 0.5;
/** Pressed for less is a click. */
const HOLD_MS = 600;
const REVIEW = "voice-review";

interface Props {
  /** The button is still pressed: letting go of it ends the recording. */
  held: boolean;
  onSend: (recording: Recording, name: string) => void;
  onClose: () => void;
}

/** In the place of the text box while somebody speaks: record, hear it once more, send it or throw it away. */
export default function VoiceBar({ held, onSend, onClose }: Props) {
  const [recorder, setRecorder] = useState<Recorder | null>(null);
  const [recording, setRecording] = useState<Recording | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  useEffect(() => {
    // What plays would be recorded too.
    player.stop();
    let current: Recorder | null = null;
    let gone = false;
    void record().then((answer) => {
      if (typeof answer === "string") setTrouble(answer);
      else if (gone) answer.cancel();
      else {
        current = answer;
        setRecorder(answer);
      }
    });
    return () => {
      gone = true;
      current?.cancel();
      player.stop();
    };
  }, []);
  const stop = useCallback(async () => {
    if (!recorder) return;
    const made = await recorder.stop();
    if (made.duration < SHORTEST_S) return onClose();
    setRecording(made);
  }, [recorder, onClose]);

  useEffect(() => {
    if (!held) return;
    const pressedAt = performance.now();
    const release = () => {
      if (performance.now() - pressedAt > HOLD_MS) void stop();
    };
    window.addEventListener("pointerup", release, { once: true });
    return () => window.removeEventListener("pointerup", release);
  }, [held, stop]);

  return (
    <fieldset
      // Where the skip link leads, as to the box in whose place it is.
      id="composer"
      tabIndex={-1}
      className={styles.bar}
      aria-label={recording ? t.files.recorded : t.files.recording}
      data-testid="voice-bar"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <IconButton icon="bin" label={t.files.discard} onClick={onClose} />
      {trouble ? (
        <p className={styles.trouble} role="alert">
          {t.files.noMicrophone[trouble]}
        </p>
      ) : recording ? (
        <Review recording={recording} />
      ) : (
        <Live recorder={recorder} onFull={stop} />
      )}
      {!trouble && !recording && (
        <button
          type="button"
          className={styles.stop}
          aria-label={t.files.stop}
          title={t.files.stop}
          disabled={!recorder}
          ref={(button) => button?.focus()}
          onClick={() => void stop()}
        >
          <Icon name="stop" />
        </button>
      )}
      {recording && (
        <button
          type="button"
          className={styles.send}
          aria-label={t.files.sendVoice}
          title={t.files.sendVoice}
          ref={(button) => button?.focus()}
          onClick={() => onSend(recording, recordingName(recording.bytes.type, new Date()))}
        >
          <Icon name="send" />
        </button>
      )}
    </fieldset>
  );
}

function Review({ recording: { bytes, duration } }: { recording: Recording }) {
  const url = useOwnUrl(bytes);
  return <PlayerBar id={REVIEW} label={t.files.recorded} known={duration} find={async () => url} />;
}

/** The seconds and how loud it is: both move, so nobody speaks into a dead microphone. */
function Live({ recorder, onFull }: { recorder: Recorder | null; onFull: () => void }) {
  const meter = useRef<HTMLMeterElement>(null);
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    if (!recorder) return;
    const startedAt = performance.now();
    const timer = setInterval(() => {
      const passed = (performance.now() - startedAt) / 1_000;
      setSeconds(Math.floor(passed));
      if (meter.current) meter.current.value = recorder.level();
      if (passed >= LONGEST_S) onFull();
    }, 100);
    return () => clearInterval(timer);
  }, [recorder, onFull]);
  const left = LONGEST_S - seconds;
  return (
    <div className={styles.live}>
      <span className={styles.dot} aria-hidden="true" />
      <span className={styles.time} role="timer">
        {durationText(seconds)}
      </span>
      <meter ref={meter} className={styles.meter} min={0} max={1} aria-label={t.files.level} />
      {left <= WARN_S && <span className={styles.left}>{t.files.left(left)}</span>}
    </div>
  );
}
