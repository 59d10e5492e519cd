import { useCallback, useSyncExternalStore } from "react";
import type { Staged } from "../../model/uploads";
import { useClient } from "../hooks";
import { measure } from "./measure";

const NONE: readonly Staged[] = [];

/** The files chosen for a conversation's next message, and how more are added. */
export function useStaging(conversationId: string) {
  const { chat, config } = useClient();
  const { uploads } = chat;
  const staged = useSyncExternalStore(
    uploads.staged.subscribe,
    () => uploads.staged.get()[conversationId] ?? NONE,
  );
  const add = useCallback(
    async (files: readonly File[]) => {
      if (files.length === 0) return;
      const known = await Promise.all(files.map(measure));
      uploads.stage(conversationId, files, config.limits, known);
      document.getElementById("composer")?.focus();
    },
    [uploads, conversationId, config],
  );
  return { staged, add, sendable: staged.some((one) => one.refused === null) };
}

/** Files on the clipboard or in a drag; a folder is none. */
export function filesIn(data: DataTransfer | null): File[] {
  return [...(data?.items ?? [])]
    .filter((item) => item.kind === "file" && item.webkitGetAsEntry?.()?.isDirectory !== true)
    .flatMap((item) => item.getAsFile() ?? []);
}
