/** The pictures of groups. What changed comes back to everybody, the sender too, as an event. */
import type { Sending } from "../model/ports";
import type * as wire from "./contract.gen";
import type { Bearer } from "./rest";
import { sendForm } from "./upload";

export interface Pictures {
  /** @param progress told the part that has left, 0 to 1 */
  change(conversationId: string, picture: File, progress: (part: number) => void): Sending<unknown>;
}

export function createPictures(base: string, bearer: Bearer): Pictures {
  return {
    change(conversationId, picture, progress) {
      const form = new FormData();
      form.set("file", picture, picture.name);
      const url = `${base}/conversations/${encodeURIComponent(conversationId)}/avatar`;
      return sendForm<wire.Conversation>(url, form, bearer, progress);
    },
  };
}
