"""Who is calling: tokens, the host's and ours; local accounts, invitations, sessions."""
