import { type CSSProperties, useState } from "react";
import styles from "./Avatar.module.css";

interface Props {
  /** Decides the colour, so that it stays when the name changes. */
  id: string;
  name: string;
  image?: string | null;
  size?: number;
  /** Groups are square, people round. */
  square?: boolean;
  online?: boolean;
}

export function Avatar({ id, name, image, size = 36, square, online }: Props) {
  // Pictures lie anywhere: one that is slow or gone leaves the initials, not an empty place or a torn page.
  const [seen, setSeen] = useState<string | null>(null);
  const [broken, setBroken] = useState<string | null>(null);
  const picture = image && image !== broken ? image : null;
  const style = {
    "--hue": hue(id),
    width: size,
    height: size,
    fontSize: Math.round(size * 0.38),
  } as CSSProperties;
  return (
    <span
      className={square ? `${styles.avatar} ${styles.square}` : styles.avatar}
      style={style}
      aria-hidden="true"
    >
      {/* A picture of letters, no text: what a button around it is called does not begin with them. */}
      {(picture === null || seen !== picture) && (
        <span
          className={picture ? `${styles.initials} ${styles.meanwhile}` : styles.initials}
          data-initials={initials(name)}
        />
      )}
      {picture && (
        <img
          src={picture}
          alt=""
          className={styles.image}
          loading="lazy"
          referrerPolicy="no-referrer"
          onLoad={() => setSeen(picture)}
          onError={() => setBroken(picture)}
        />
      )}
      {online && <span className={styles.dot} />}
    </span>
  );
}

/** First letters of the first and last word; whole code points, so that no half of a letter is shown. */
function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const first = [...(words[0] ?? "?")][0] ?? "?";
  const last = words.length > 1 ? ([...(words[words.length - 1] ?? "")][0] ?? "") : "";
  return (first + last).toLocaleUpperCase();
}

/** One of twelve hues, evenly apart, stable for an id. */
function hue(id: string): number {
  let hash = 2166136261;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  return ((hash >>> 8) % 12) * 30 + 15;
}
