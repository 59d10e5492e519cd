import { fitted, sizeText } from "../../model/attachment";
import { MOST_AT_ONCE, type Staged } from "../../model/uploads";
import { t } from "../../texts";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { useOwnUrl } from "../files/useFileAddress";
import { useClient } from "../hooks";
import styles from "./Tray.module.css";

interface Props {
  conversationId: string;
  staged: readonly Staged[];
}

/** What goes out with the next Enter, once more before one's eyes; and what cannot, with the reason. */
export function Tray({ conversationId, staged }: Props) {
  const { chat, config } = useClient();
  const ready = staged.filter((one) => one.refused === null);
  function remove(id: string) {
    chat.uploads.unstage(conversationId, id);
    document.getElementById("composer")?.focus();
  }
  return (
    <section className={styles.tray} aria-label={t.files.tray} hidden={staged.length === 0}>
      <p className="hidden" role="status">
        {ready.length > 0 && t.files.trayCount(ready.length)}
      </p>
      {staged.map(({ id, file, refused }) => {
        if (refused === null) return null;
        const most = refused === "too_many" ? MOST_AT_ONCE : config.limits.fileBytes;
        return (
          <p key={id} className={styles.refusal} role="alert">
            <Icon name="alert" size={16} />
            <span className={styles.why}>{t.files.refused[refused](file.name, most)}</span>
            <IconButton icon="close" label={t.files.dismiss(file.name)} onClick={() => remove(id)} />
          </p>
        );
      })}
      {ready.length > 0 && (
        <ul className={styles.files}>
          {ready.map((one) => (
            <li key={one.id} className={styles.file} data-testid="staged">
              <Preview staged={one} />
              <IconButton
                icon="close"
                label={t.files.unstage(one.file.name)}
                className={styles.remove}
                onClick={() => remove(one.id)}
              />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Preview({ staged: { bytes, file } }: { staged: Staged }) {
  const picture = file.kind === "image";
  const url = useOwnUrl(picture ? (bytes as Blob) : null);
  const size = fitted(file, { width: 160, height: 72 });
  if (picture && size) {
    return (
      <div className={styles.picture} style={{ width: Math.max(72, size.width) }}>
        {url && <img src={url} alt={file.name} title={file.name} className={styles.image} />}
      </div>
    );
  }
  return (
    <div className={styles.card}>
      <Icon name={file.kind === "audio" ? "mic" : file.kind === "video" ? "play" : "file"} />
      <span className={styles.facts}>
        <span className={styles.name} dir="auto">
          {file.name}
        </span>
        <span className={styles.size}>{sizeText(file.size ?? 0)}</span>
      </span>
    </div>
  );
}
