/** Browser storage that may be forbidden, full or absent: then nothing is kept, and nothing breaks. */
import type { Keep } from "../model/ports";

function keep(storage: () => Storage, prefix: string): Keep {
  return {
    read(key) {
      try {
        return storage().getItem(prefix + key);
      } catch {
        return null;
      }
    },
    write(key, value) {
      try {
        if (value === null) storage().removeItem(prefix + key);
        else storage().setItem(prefix + key, value);
      } catch {
        // Private windows and full disks: the page works without.
      }
    },
  };
}

export const local = keep(() => localStorage, "");
export const tab = keep(() => sessionStorage, "");
export const drafts = keep(() => localStorage, "tms.drafts.");
