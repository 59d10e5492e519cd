import { useRef } from "react";
import { t } from "../../texts";
import { IconButton } from "../../ui/Button";
import styles from "./Composer.module.css";

/** Opens the file picker of the system; a phone offers its camera there too. */
export function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton
        icon="attach"
        label={t.files.attach}
        className={styles.tool}
        onClick={() => input.current?.click()}
      />
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-testid="file-input"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // The same file may be chosen once more.
          event.target.value = "";
        }}
      />
    </>
  );
}
