import { lazy, Suspense } from "react";
import type { Attachment } from "../../model/attachment";
import type { Bubble } from "../../model/rows";
import { part } from "../app/outdated";
import { FileCard } from "./FileCard";
import { ImageView } from "./ImageView";
import { UploadBar } from "./UploadBar";
import { VideoView } from "./VideoView";
import { useViewer } from "./Viewer";

const AudioPlayer = lazy(part(async () => ({ default: (await import("./AudioPlayer")).AudioPlayer })));

interface Props {
  conversationId: string;
  bubble: Bubble;
  file: Attachment;
}

/** The file of a message, in the form its kind asks for; while it goes out, with its progress. */
export function AttachmentView({ conversationId, bubble, file }: Props) {
  const { id, key, own, state } = bubble;
  const open = useViewer();
  const clientId = own ? key : null;
  return (
    <>
      {file.kind === "image" ? (
        <ImageView
          file={file}
          clientId={clientId}
          onOpen={id === null || file.fileId === null ? null : () => open(id)}
        />
      ) : file.kind === "video" ? (
        <VideoView file={file} clientId={clientId} />
      ) : file.kind === "file" ? (
        <FileCard file={file} coming={state !== "sent"} />
      ) : (
        <Suspense fallback={<FileCard file={file} coming={state !== "sent"} />}>
          <AudioPlayer file={file} id={key} clientId={clientId} />
        </Suspense>
      )}
      {state === "pending" && <UploadBar conversationId={conversationId} clientId={key} name={file.name} />}
    </>
  );
}
