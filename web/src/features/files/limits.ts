import { useClient } from "../hooks";

/** Where the server does not say: its own default. */
const MAX_FILE_BYTES = 100_000_000;

export function useFileLimits(): { maxFileBytes: number } {
  const { maxFileBytes = MAX_FILE_BYTES } = useClient().config.limits as { maxFileBytes?: number };
  return { maxFileBytes };
}
