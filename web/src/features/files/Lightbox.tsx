import { type KeyboardEvent, useRef } from "react";
import { type Attachment, attachmentOf } from "../../model/attachment";
import type { Message } from "../../model/types";
import { t } from "../../texts";
import { IconButton } from "../../ui/Button";
import { useModal } from "../../ui/useModal";
import { exact } from "../format";
import { FileCard } from "./FileCard";
import styles from "./Lightbox.module.css";
import { useDownload } from "./useDownload";
import { useFileAddress } from "./useFileAddress";

interface Props {
  /** Oldest first. */
  pictures: readonly Message[];
  at: number;
  onMove: (messageId: string) => void;
  onClose: () => void;
}

/** A finger has to move so far to mean the next picture. */
const SWIPE_PX = 60;

/** One picture over the whole window, the others by arrow keys, buttons or a swipe. */
export default function Lightbox({ pictures, at, onMove, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useModal(dialog);
  const download = useDownload();
  const from = useRef<number | null>(null);
  const message = pictures[at];
  const file = message && attachmentOf(message);
  if (!message || !file) return null;
  const move = (by: 1 | -1) => {
    const next = pictures[at + by];
    if (next) onMove(next.id);
  };
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowLeft") move(-1);
    else if (event.key === "ArrowRight") move(1);
    else return;
    event.preventDefault();
  }
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={t.files.viewer}
      data-testid="lightbox"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={onKeyDown}
    >
      <header className={styles.header}>
        <p className={styles.caption} aria-live="polite">
          <span className={styles.name} dir="auto">
            {file.name}
          </span>
          <span className={styles.by} dir="auto">
            {message.senderName} · {exact(message.at)}
            {pictures.length > 1 && ` · ${t.files.place(at + 1, pictures.length)}`}
          </span>
        </p>
        <IconButton icon="download" label={t.files.download(file.name)} onClick={() => void download(file)} />
        <IconButton icon="close" label={t.close} data-autofocus onClick={onClose} />
      </header>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the picture is a convenience; Escape does the same. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above. */}
      <div
        className={styles.stage}
        onClick={(event) => {
          if (event.target === event.currentTarget) onClose();
        }}
        onTouchStart={(event) => {
          from.current = event.touches.length === 1 ? (event.touches[0]?.clientX ?? null) : null;
        }}
        onTouchEnd={(event) => {
          const moved = (event.changedTouches[0]?.clientX ?? 0) - (from.current ?? Number.NaN);
          if (Math.abs(moved) > SWIPE_PX) move(moved > 0 ? -1 : 1);
          from.current = null;
        }}
      >
        <Picture key={message.id} file={file} />
      </div>
      {pictures.length > 1 && (
        <>
          <IconButton
            icon="back"
            label={t.files.previous}
            className={`${styles.turn} ${styles.previous}`}
            disabled={at === 0}
            onClick={() => move(-1)}
          />
          <IconButton
            icon="forward"
            label={t.files.next}
            className={`${styles.turn} ${styles.next}`}
            disabled={at === pictures.length - 1}
            onClick={() => move(1)}
          />
        </>
      )}
    </dialog>
  );
}

/** The small copy, which is there already, until the whole one is. */
function Picture({ file }: { file: Attachment }) {
  const small = useFileAddress(file, null, file.thumbnail);
  const whole = useFileAddress(file, null);
  const size = { width: file.width ?? undefined, height: file.height ?? undefined };
  if (whole.failed) {
    return (
      <div className={styles.failed}>
        <p role="alert">{t.files.brokenImage}</p>
        <FileCard file={file} />
      </div>
    );
  }
  return (
    <div className={styles.frame}>
      {small.url && file.thumbnail && (
        <img src={small.url} alt="" className={styles.small} {...size} onError={small.broken} />
      )}
      {whole.url && (
        <img
          src={whole.url}
          alt={file.name}
          className={styles.whole}
          {...size}
          referrerPolicy="no-referrer"
          onError={whole.broken}
        />
      )}
    </div>
  );
}
