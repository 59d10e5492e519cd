import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import { attachmentOf } from "../../model/attachment";
import type { Message } from "../../model/types";
import { part } from "../app/outdated";
import { useChat } from "../hooks";
import { player } from "./player";

const Lightbox = lazy(part(() => import("./Lightbox")));

const ViewerContext = createContext<(messageId: string) => void>(() => {});

/** Opens a picture large, by the id of its message. */
export function useViewer(): (messageId: string) => void {
  return useContext(ViewerContext);
}

const NONE: readonly Message[] = [];

/** Around the messages of a conversation: the pictures that are loaded can be looked at one after the other. */
export function Viewer({ conversationId, children }: { conversationId: string; children: ReactNode }) {
  const [open, setOpen] = useState<string | null>(null);
  const messages = useChat(
    ({ arounds, windows }) => (arounds[conversationId] ?? windows[conversationId])?.messages ?? NONE,
  );
  // Nobody would find the button that stops it.
  useEffect(() => () => player.stop(), []);
  const pictures = useMemo(() => (open === null ? [] : messages.filter(isPicture)), [open, messages]);
  const at = pictures.findIndex(({ id }) => id === open);
  return (
    <ViewerContext value={setOpen}>
      {children}
      <Suspense>
        {at >= 0 && (
          <Lightbox pictures={pictures} at={at} onMove={(id) => setOpen(id)} onClose={() => setOpen(null)} />
        )}
      </Suspense>
    </ViewerContext>
  );
}

/** One that was deleted meanwhile leaves the row, and the dialog closes if it was the one in view. */
function isPicture(message: Message): boolean {
  const file = message.deletedAt === null ? attachmentOf(message) : null;
  return file?.kind === "image" && file.fileId !== null;
}
