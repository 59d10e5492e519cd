import type { CSSProperties } from "react";
import { type Attachment, fitted } from "../../model/attachment";
import { t } from "../../texts";
import { Icon } from "../../ui/Icon";
import styles from "./Files.module.css";
import { useFileAddress } from "./useFileAddress";

const MOST = { width: 360, height: 300 };
/** For a picture nobody measured. */
const UNMEASURED = { width: 280, height: 200 };

interface Props {
  file: Attachment;
  clientId: string | null;
  /** Null while there is nothing to open. */
  onOpen: (() => void) | null;
}

/** A picture in the timeline. Its room is there before it is, so that nothing moves when it arrives. */
export function ImageView({ file, clientId, onOpen }: Props) {
  const { url, failed, broken, again } = useFileAddress(file, clientId, file.thumbnail && !animated(file));
  const size = fitted(file, MOST) ?? UNMEASURED;
  const room = { width: size.width, aspectRatio: `${size.width} / ${size.height}` } as CSSProperties;
  if (failed) {
    return (
      <div className={`${styles.image} ${styles.broken}`} style={room} data-testid="broken-image">
        <Icon name="alert" />
        <span className={styles.brokenText}>{t.files.brokenImage}</span>
        <button type="button" className={styles.again} onClick={again}>
          {t.files.loadAgain}
        </button>
      </div>
    );
  }
  const picture = url && (
    <img
      src={url}
      alt={file.name}
      className={fitted(file, MOST) ? styles.fill : styles.contain}
      decoding="async"
      draggable={false}
      referrerPolicy="no-referrer"
      onError={broken}
    />
  );
  return onOpen ? (
    <button
      type="button"
      className={styles.image}
      style={room}
      title={file.name}
      aria-label={file.name}
      aria-haspopup="dialog"
      data-testid="image"
      onClick={onOpen}
    >
      {picture}
    </button>
  ) : (
    <div className={styles.image} style={room} data-testid="image">
      {picture}
    </div>
  );
}

/** The small copy of an animation stands still; that is what they get who asked for less motion. */
function animated({ mime }: Attachment): boolean {
  return mime === "image/gif" && !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
