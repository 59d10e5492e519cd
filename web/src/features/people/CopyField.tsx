import { useEffect, useId, useRef, useState } from "react";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import styles from "./InviteDialog.module.css";

const SAID_MS = 2_000;

export function CopyField({ label, value }: { label: string; value: string }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    input.current?.focus();
    input.current?.select();
    // The beginning of the link tells where it leads; its end is only a secret.
    input.current?.scrollTo({ left: 0 });
  }, []);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    input.current?.select();
    try {
      await navigator.clipboard.writeText(value);
    } catch {
      // Plain http has no clipboard interface; the selection does.
      document.execCommand("copy");
    }
    setCopied(true);
  }

  return (
    <div className={styles.copy}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <input
        ref={input}
        id={id}
        className={styles.link}
        readOnly
        value={value}
        data-testid="invite-link"
        onFocus={(event) => event.target.select()}
      />
      <Button look="primary" icon={copied ? "check" : "copy"} onClick={copy}>
        {copied ? t.invite.copied : t.invite.copy}
      </Button>
      <span className="hidden" role="status">
        {copied ? t.invite.copied : ""}
      </span>
    </div>
  );
}
