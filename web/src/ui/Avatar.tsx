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
  // The picture of a person lies anywhere; where it is gone, their initials are better than a torn page.
  const [broken, setBroken] = useState<string | null>(null);
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
      {image && image !== broken ? (
        <img
          src={image}
          alt=""
          className={styles.image}
          loading="lazy"
          referrerPolicy="no-referrer"
          onError={() => setBroken(image)}
        />
      ) : (
        // A picture of letters, no text: what a button around it is called does not begin with them.
        <span className={styles.initials} data-initials={initials(name)} />
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
