import { type DragEvent, useRef, useState } from "react";
import { filesIn } from "../files/useStaging";

/** Files dragged over an element. `over`: they are above it now. */
export function useDrop(onFiles: (files: File[]) => void) {
  const [over, setOver] = useState(false);
  // Every element inside tells of entering and leaving; outside is where all that were entered have been left.
  const depth = useRef(0);
  const leave = () => {
    depth.current = 0;
    setOver(false);
  };
  const handlers = {
    onDragEnter(event: DragEvent) {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth.current++;
      setOver(true);
    },
    onDragOver(event: DragEvent) {
      if (!carriesFiles(event)) return;
      // Without this the browser would open the file instead of the chat.
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    },
    onDragLeave(event: DragEvent) {
      if (carriesFiles(event) && --depth.current <= 0) leave();
    },
    onDrop(event: DragEvent) {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      leave();
      onFiles(filesIn(event.dataTransfer));
    },
  };
  return { over, handlers };
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer.types.includes("Files");
}
