import { useEffect, useRef, useState } from "react";
import type { Sending } from "../../model/ports";
import type { Conversation } from "../../model/types";
import { t } from "../../texts";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { useClient } from "../hooks";
import styles from "./AvatarUpload.module.css";

/** The picture of a group and the way to change it. Everybody sees the new one when the server tells them, oneself too. */
export function AvatarUpload({ conversation }: { conversation: Conversation }) {
  const { pictures, config } = useClient();
  const { avatarBytes, avatarTypes } = config.limits;
  const input = useRef<HTMLInputElement>(null);
  const sending = useRef<Sending<unknown> | null>(null);
  const [part, setPart] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => () => sending.current?.cancel(), []);

  async function upload(file: File) {
    if (!avatarTypes.includes(file.type)) return setProblem(t.files.notAPicture);
    if (file.size > avatarBytes) return setProblem(t.files.pictureTooBig(avatarBytes));
    setProblem(null);
    setPart(0);
    sending.current = pictures.change(conversation.id, file, setPart);
    const answer = await sending.current.answer;
    sending.current = null;
    setPart(null);
    if (!answer.ok && answer.failure.code !== "cancelled") setProblem(t.failure(answer.failure));
  }

  return (
    <div className={styles.picture}>
      <Avatar id={conversation.id} name={conversation.name} image={conversation.avatarUrl} size={64} square />
      <div className={styles.side}>
        <Button busy={part !== null} onClick={() => input.current?.click()}>
          {part === null ? t.files.changePicture : t.files.uploadingPicture(part)}
        </Button>
        <p className={problem ? styles.problem : styles.hint} role={problem ? "alert" : undefined}>
          {problem ?? t.files.pictureHint(avatarBytes)}
        </p>
      </div>
      <input
        ref={input}
        type="file"
        accept={avatarTypes.join(",")}
        hidden
        data-testid="picture-input"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) void upload(file);
        }}
      />
    </div>
  );
}
