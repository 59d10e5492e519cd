import { useEffect, useState } from "react";
import type { InvitationCheck } from "../../api/contract.gen";
import { checkInvitation } from "../../api/endpoints";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { Spinner } from "../../ui/Spinner";
import { useClient, useSession } from "../hooks";
import { navigate } from "../router";
import { AccountForm } from "./AccountForm";
import styles from "./Entry.module.css";

/** A new account by invitation. The link is checked first, so that nobody fills a form in vain. */
export function Join({ token }: { token: string }) {
  const { session, open } = useClient();
  const [check, setCheck] = useState<InvitationCheck | null>(null);
  useEffect(() => {
    let current = true;
    checkInvitation(open, token).then((result) => {
      // When the check itself fails, the form may still work, and says what it does not like.
      if (current)
        setCheck(
          result.ok ? result.value : { valid: result.failure.status === 0, invitedBy: null, expiresAt: null },
        );
    });
    return () => {
      current = false;
    };
  }, [open, token]);

  const state = useSession();
  if (state.name === "in") {
    const toChat = (
      <Button onClick={() => navigate({ name: "home" }, { replace: true })}>{t.entry.toChat}</Button>
    );
    return (
      <EmptyState page title={t.entry.joinedTitle(state.me.name)} action={toChat}>
        {t.entry.joined}
      </EmptyState>
    );
  }
  if (check === null) return <Spinner label={t.entry.checking} />;
  const toSignIn = () => navigate({ name: "sign-in" }, { replace: true });
  if (!check.valid) {
    return (
      <EmptyState
        page
        title={t.entry.badInvitationTitle}
        action={<Button onClick={toSignIn}>{t.entry.toSignIn}</Button>}
      >
        {t.entry.badInvitation}
      </EmptyState>
    );
  }
  return (
    <>
      <AccountForm
        title={t.entry.joinTitle}
        lead={t.entry.joinLead(check.invitedBy)}
        submitLabel={t.entry.join}
        create={(account) => session.join({ ...account, token })}
      />
      <p className={styles.foot}>
        <Button look="quiet" onClick={toSignIn}>
          {t.entry.toSignIn}
        </Button>
      </p>
    </>
  );
}
