import { useState } from "react";
import { type Attachment, extension } from "../../model/attachment";
import { t } from "../../texts";
import { Icon } from "../../ui/Icon";
import styles from "./Files.module.css";
import { useDownload } from "./useDownload";

/**
 * A file with its name, kind and size; a click downloads it. One that lies elsewhere is a link, and no more than that.
 * @param coming it is on its way to the server
 */
export function FileCard({ file, coming = false }: { file: Attachment; coming?: boolean }) {
  const download = useDownload();
  const [problem, setProblem] = useState(false);
  const { name, size, link, fileId, mime } = file;
  const kind = extension(name) || mime.split("/")[1]?.toUpperCase().slice(0, 12) || "";
  const facts = (note: string) => (
    <>
      <span className={styles.kind} aria-hidden="true">
        <Icon name="file" size={22} />
      </span>
      <span className={styles.facts}>
        <span className={styles.name} dir="auto">
          {name}
        </span>
        <span className={styles.about}>{note}</span>
      </span>
    </>
  );
  if (link !== null) {
    return (
      <a
        className={styles.card}
        href={link}
        target="_blank"
        rel="noopener noreferrer nofollow"
        data-testid="file"
      >
        {facts(t.files.about(size, t.files.elsewhere))}
        <Icon name="link" size={18} />
      </a>
    );
  }
  if (fileId === null) {
    return (
      <div className={styles.card} data-testid="file">
        {facts(t.files.about(size, coming ? kind : t.files.gone))}
      </div>
    );
  }
  return (
    <>
      <button
        type="button"
        className={styles.card}
        data-testid="file"
        onClick={async () => setProblem(!(await download(file)))}
      >
        <span className="hidden">{t.files.downloadIt}</span>
        {facts(t.files.about(size, kind))}
        <Icon name="download" size={18} />
      </button>
      {problem && (
        <p className={styles.problem} role="alert">
          {t.files.failed}
        </p>
      )}
    </>
  );
}
