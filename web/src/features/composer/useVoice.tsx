import { lazy, type ReactNode, Suspense, useState } from "react";
import { attachmentFor } from "../../model/attachment";
import { t } from "../../texts";
import { IconButton } from "../../ui/Button";
import { part } from "../app/outdated";
import { useClient } from "../hooks";
import styles from "./Composer.module.css";

// Not needed before somebody speaks.
const VoiceBar = lazy(part(() => import("./VoiceBar")));

/** The button that begins a voice message, and what stands in the place of the text box until it is sent or thrown away. */
export function useVoice(conversationId: string): { button: ReactNode; bar: ReactNode | null } {
  const { chat } = useClient();
  const [speaking, setSpeaking] = useState<"held" | "hands free" | null>(null);
  function close() {
    setSpeaking(null);
    requestAnimationFrame(() => document.getElementById("composer")?.focus());
  }
  const button = (
    <IconButton
      icon="mic"
      label={t.files.record}
      className={`${styles.tool} ${styles.mic}`}
      // Pressed for long, it records as long as it is pressed; a click records until it is stopped.
      onPointerDown={(event) => event.button === 0 && setSpeaking("held")}
      onClick={() => setSpeaking((before) => before ?? "hands free")}
    />
  );
  const bar = speaking && (
    <Suspense>
      <VoiceBar
        held={speaking === "held"}
        onSend={({ bytes, duration }, name) => {
          close();
          const file = attachmentFor({ name, size: bytes.size, type: bytes.type }, { voice: true, duration });
          chat.sendFiles(conversationId, [{ file, bytes }]);
        }}
        onClose={close}
      />
    </Suspense>
  );
  return { button, bar };
}
