import { useEffect, useRef } from "react";
import { contentOf, inView, noticeKey } from "../../model/notice";
import type { Notice } from "../../model/types";
import { useClient } from "../hooks";
import { navigate } from "../router";
import { chime } from "./chime";
import { claim } from "./claim";
import { show } from "./tell";

/** A tab that shows the conversation claims the notice first, and tells nothing. */
const LET_PASS_MS = 400;

/** Tells what the server says one should be told of: once on this computer, and not what is in view already. */
export function useNotices(open: string | null): void {
  const { chat } = useClient();
  const here = useRef(open);
  here.current = open;
  useEffect(() => {
    const tell = async (notice: Notice) => {
      const looking = () =>
        inView(notice, here.current, document.visibilityState === "visible" && document.hasFocus());
      if (!looking()) await new Promise((done) => setTimeout(done, LET_PASS_MS));
      if (!(await claim(noticeKey(notice))) || looking()) return;
      const state = chat.store.get();
      const content = contentOf(state, notice);
      if (!content) return;
      if (notice.sound) void chime(state.preferences?.volume ?? 50);
      if (!notice.browser) return;
      const { conversationId: id, messageId } = notice;
      show(content, id, () =>
        navigate({
          name: "conversation",
          id,
          ...(messageId && notice.about !== "message" ? { message: messageId } : {}),
        }),
      );
    };
    return chat.onNotice((notice) => void tell(notice));
  }, [chat]);
}
