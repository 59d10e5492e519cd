import { lazy, Suspense, useRef, useState } from "react";
import { createPortal } from "react-dom";
import type { Conversation } from "../../model/types";
import { t } from "../../texts";
import { IconButton } from "../../ui/Button";
import { Popover } from "../../ui/Popover";
import { part } from "../app/outdated";
import styles from "./Composer.module.css";

const EmojiPicker = lazy(part(() => import("../emoji/EmojiPicker")));
const PollDialog = lazy(part(() => import("./PollDialog")));

export function EmojiButton({ onPick }: { onPick: (emoji: string) => void }) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton
        ref={button}
        icon="react"
        label={t.composing.emoji}
        className={`${styles.tool} ${styles.emoji}`}
        aria-expanded={open}
        onClick={() => setOpen(true)}
      />
      <Suspense>
        {open && (
          <Popover anchor={button} label={t.reactions.picker} onClose={() => setOpen(false)}>
            <EmojiPicker
              label={(name) => name}
              onPick={(emoji) => {
                setOpen(false);
                onPick(emoji);
              }}
            />
          </Popover>
        )}
      </Suspense>
    </>
  );
}

export function PollButton({ conversation }: { conversation: Conversation }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton
        icon="poll"
        label={t.composing.poll}
        className={`${styles.tool} ${styles.poll}`}
        onClick={() => setOpen(true)}
      />
      {/* Not in the form of the message: a form has none inside. */}
      {open &&
        createPortal(
          <Suspense>
            <PollDialog conversation={conversation} onClose={() => setOpen(false)} />
          </Suspense>,
          document.body,
        )}
    </>
  );
}
