import type { CSSProperties } from "react";
import { type Attachment, fitted } from "../../model/attachment";
import { FileCard } from "./FileCard";
import styles from "./Files.module.css";
import { useFileAddress } from "./useFileAddress";

const MOST = { width: 420, height: 320 };
const UNMEASURED = { width: 420, height: 236 };

/** A film with the browser's own controls; where it cannot play it, a card to download it. */
export function VideoView({ file, clientId }: { file: Attachment; clientId: string | null }) {
  const { url, failed, broken } = useFileAddress(file, clientId);
  if (failed) return <FileCard file={file} />;
  const size = fitted(file, MOST) ?? UNMEASURED;
  const room = { width: size.width, aspectRatio: `${size.width} / ${size.height}` } as CSSProperties;
  return (
    <div className={styles.video} style={room} data-testid="video">
      {url && (
        // biome-ignore lint/a11y/useMediaCaption: people's own films come without captions.
        <video
          src={url}
          className={styles.contain}
          aria-label={file.name}
          title={file.name}
          controls
          playsInline
          preload="metadata"
          onError={broken}
        />
      )}
    </div>
  );
}
