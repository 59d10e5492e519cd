import { useEffect, useRef, useState } from "react";
import type { Message } from "../../model/types";
import { t } from "../../texts";

/** Reads a new message of somebody else, or a notice, aloud, once. History that loads is not news. */
export function Announcer({ messages, me }: { messages: readonly Message[]; me: string }) {
  const newest = messages[messages.length - 1];
  const told = useRef(newest?.number ?? 0);
  const [text, setText] = useState("");
  useEffect(() => {
    if (!newest || newest.number <= told.current) return;
    told.current = newest.number;
    const { type, senderId, senderName, content } = newest;
    if (type === "SYSTEM") setText(content);
    else if (senderId !== me) setText(t.conversation.announce(senderName, content));
  }, [newest, me]);
  return (
    <p className="hidden" aria-live="polite">
      {text}
    </p>
  );
}
