import { useSyncExternalStore } from "react";
import { type Attachment, durationText } from "../../model/attachment";
import { t } from "../../texts";
import { IconButton } from "../../ui/Button";
import { useClient } from "../hooks";
import styles from "./AudioPlayer.module.css";
import { FileCard } from "./FileCard";
import { player } from "./player";

interface Props {
  file: Attachment;
  /** Of the message; what the player knows it by. */
  id: string;
  clientId: string | null;
}

/** A voice message or another sound. Nothing is loaded before somebody wants to hear it. */
export function AudioPlayer({ file, id, clientId }: Props) {
  const { chat, files } = useClient();
  const label = file.kind === "voice" ? t.files.voice : file.name;
  async function find(): Promise<string | null> {
    const bytes = clientId && chat.uploads.bytesOf(clientId);
    if (bytes) return URL.createObjectURL(bytes as Blob);
    if (file.fileId === null) return null;
    // A ticket that did not work is not offered a second time.
    if (player.store.get().state === "failed") files.forget(file.fileId);
    const answer = await files.find(file.fileId, false, () => true);
    return answer?.ok ? answer.value : null;
  }
  const bar = <PlayerBar id={id} label={label} known={file.duration} find={find} />;
  if (file.kind === "voice" || file.fileId === null) return bar;
  return (
    <>
      <FileCard file={file} />
      {bar}
    </>
  );
}

/** Play and pause, where it is, how fast. */
export function PlayerBar({
  id,
  label,
  known,
  find,
}: {
  id: string;
  label: string;
  /** Seconds, where the message says. */
  known: number | null;
  find: () => Promise<string | null>;
}) {
  const playing = useSyncExternalStore(player.store.subscribe, player.store.get);
  const mine = playing.key === id;
  const duration = known ?? (mine ? playing.duration : null);
  const at = mine ? Math.min(playing.at, duration ?? playing.at) : 0;
  const active = mine && (playing.state === "playing" || playing.state === "loading");
  return (
    <fieldset className={styles.player} aria-label={label} data-testid="player">
      <IconButton
        icon={active ? "pause" : "play"}
        label={active ? t.files.pause(label) : t.files.play(label)}
        className={styles.play}
        onClick={() => void player.toggle(id, find)}
      />
      <input
        type="range"
        className={styles.slider}
        aria-label={t.files.position}
        aria-valuetext={t.files.positionOf(at, duration ?? at)}
        min={0}
        max={duration ?? 1}
        step={0.1}
        value={at}
        disabled={!mine || duration === null}
        onChange={(event) => player.seek(id, Number(event.target.value))}
      />
      <span className={styles.time} aria-hidden="true">
        {at > 0 ? durationText(at) : duration === null ? "" : durationText(duration)}
      </span>
      <button
        type="button"
        className={styles.speed}
        aria-label={t.files.speed(playing.speed)}
        title={t.files.speed(playing.speed)}
        onClick={() => player.faster()}
      >
        {playing.speed}×
      </button>
      {mine && playing.state === "failed" && (
        <p className={styles.failed} role="alert">
          {t.files.brokenMedia}
        </p>
      )}
    </fieldset>
  );
}
