import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { useClient } from "../hooks";
import { navigate } from "../router";
import { AccountForm } from "./AccountForm";

/** The first account, by the one-time link that the server prints. */
export function SetUp({ token }: { token: string }) {
  const { session, config } = useClient();
  if (!token || !config.identity.setupRequired) {
    const toSignIn = (
      <Button onClick={() => navigate({ name: "sign-in" }, { replace: true })}>{t.entry.toSignIn}</Button>
    );
    return (
      <EmptyState
        page
        title={t.entry.badSetupTitle}
        action={config.identity.setupRequired ? undefined : toSignIn}
      >
        {t.entry.badSetup}
      </EmptyState>
    );
  }
  return (
    <AccountForm
      title={t.entry.setupTitle}
      lead={t.entry.setupLead}
      submitLabel={t.entry.createAccount}
      create={(account) => session.setUp({ ...account, token })}
    />
  );
}
