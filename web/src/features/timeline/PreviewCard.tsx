import type { LinkPreview } from "../../model/types";
import styles from "./PreviewCard.module.css";

/** What the first link leads to, in words only: a picture would tell a stranger's server who reads. */
export function PreviewCard({ preview }: { preview: LinkPreview }) {
  const { url, title, description, domain } = preview;
  if (!/^https?:\/\//i.test(url)) return null;
  return (
    <a
      className={styles.card}
      href={url}
      target="_blank"
      rel="noopener noreferrer nofollow"
      data-testid="link-preview"
    >
      <span className={styles.domain}>{domain || new URL(url).hostname}</span>
      {title && (
        <span className={styles.title} dir="auto">
          {title}
        </span>
      )}
      {description && (
        <span className={styles.description} dir="auto">
          {description}
        </span>
      )}
    </a>
  );
}
