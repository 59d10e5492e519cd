import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import type { Attachment } from "../../model/attachment";
import { useChat, useClient } from "../hooks";

/** Addresses that did not work are asked for anew so often; a ticket may have ended while the page slept. */
const TRIES = 2;

export interface FileAddress {
  /** Null while it is looked for. */
  url: string | null;
  failed: boolean;
  /** The browser could not load it. */
  broken: () => void;
  again: () => void;
}

/**
 * Where the browser finds a file: this tab's own bytes while they are at hand, else an address with a ticket. What is
 * mounted is near the screen, so mounting is the wish to see it.
 * @param clientId of the message, where it is one's own
 */
export function useFileAddress(file: Attachment, clientId: string | null, thumbnail = false): FileAddress {
  const { chat, files } = useClient();
  const { fileId } = file;
  const [bytes] = useState(() => (clientId ? (chat.uploads.bytesOf(clientId) as Blob | null) : null));
  const own = useOwnUrl(bytes);
  const [url, setUrl] = useState(() => (fileId === null ? null : files.known(fileId, thumbnail)));
  const [failed, setFailed] = useState(() => fileId !== null && files.isGivenUp(fileId));
  const online = useChat((state) => state.connection.name === "online");
  const [attempt, askAgain] = useReducer((n: number) => n + 1, 0);
  const tries = useRef(0);
  useEffect(() => {
    void attempt;
    if (bytes || fileId === null || files.isGivenUp(fileId)) return;
    let mounted = true;
    void files
      .find(fileId, thumbnail, () => mounted)
      .then((answer) => {
        if (!mounted || answer === null) return;
        if (answer.ok) return setUrl(answer.value);
        files.giveUp(fileId);
        setFailed(true);
      });
    return () => {
      mounted = false;
    };
  }, [files, fileId, thumbnail, bytes, attempt]);

  const again = useCallback(() => {
    if (fileId !== null) files.forget(fileId);
    setUrl(null);
    setFailed(false);
    askAgain();
  }, [files, fileId]);
  // What failed may have failed for want of a connection.
  const wasOnline = useRef(online);
  useEffect(() => {
    if (failed && online && !wasOnline.current) again();
    wasOnline.current = online;
  }, [failed, online, again]);
  return {
    url: bytes ? own : url,
    failed,
    broken() {
      if (!bytes && ++tries.current < TRIES) return again();
      if (fileId !== null) files.giveUp(fileId);
      setFailed(true);
    },
    again() {
      tries.current = 0;
      again();
    },
  };
}

/** An address of bytes in this tab, given back when the element is gone. */
export function useOwnUrl(bytes: Blob | null): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!bytes) return setUrl(null);
    const made = URL.createObjectURL(bytes);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return url;
}
