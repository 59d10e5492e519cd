import { useEffect, useRef, useState } from "react";
import { attachmentOf } from "../../model/attachment";
import { gist } from "../../model/preview";
import type { Message } from "../../model/types";
import { t } from "../../texts";
import { gistText } from "../../texts.files";

/** Reads a new message of somebody else, or a notice, aloud, once. History that loads is not news. */
export function Announcer({ messages, me }: { messages: readonly Message[]; me: string }) {
  const newest = messages[messages.length - 1];
  const told = useRef(newest?.number ?? 0);
  const [said, setSaid] = useState({ id: "", text: "" });
  useEffect(() => {
    if (!newest || newest.number <= told.current) return;
    told.current = newest.number;
    const { id, type, senderId, senderName, content } = newest;
    if (type === "SYSTEM") setSaid({ id, text: content });
    else if (senderId !== me) setSaid({ id, text: t.conversation.announce(senderName, spoken(newest)) });
  }, [newest, me]);
  // What was deleted is nowhere any more, not here either.
  const gone = said.id !== "" && !messages.some(({ id, deletedAt }) => id === said.id && !deletedAt);
  return (
    <p className="hidden" aria-live="polite">
      {gone ? "" : said.text}
    </p>
  );
}

/** A text as it is; of anything else what it is. */
function spoken(message: Message): string {
  if (message.type === "TEXT") return message.content;
  return gistText(gist(message), attachmentOf(message)?.duration ?? null);
}
