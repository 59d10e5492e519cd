import type { Attachment } from "../../model/attachment";
import { useClient } from "../hooks";

/**
 * Saves a file on this device. The browser does it by itself with an address that carries a ticket; on another site it
 * would open pictures and films instead of saving them, so there their bytes come first. Answers whether it began.
 */
export function useDownload(): (file: Attachment) => Promise<boolean> {
  const { files, place } = useClient();
  return async ({ fileId, name, kind }) => {
    if (fileId === null) return false;
    const answer = await files.find(fileId, false, () => true);
    if (!answer?.ok) return false;
    if (place.server === place.page || kind === "file") {
      save(answer.value, name);
      return true;
    }
    const bytes = await fetch(answer.value, { credentials: "omit" })
      .then((got) => (got.ok ? got.blob() : null))
      .catch(() => null);
    if (!bytes) return false;
    const url = URL.createObjectURL(bytes);
    save(url, name);
    // Safari reads it after the click has returned.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    return true;
  };
}

function save(href: string, name: string): void {
  const link = Object.assign(document.createElement("a"), {
    href,
    download: name,
    rel: "noopener noreferrer",
  });
  document.body.append(link);
  link.click();
  link.remove();
}
