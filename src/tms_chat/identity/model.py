"""Local accounts, invitations, revoked tokens, one-time codes. Secrets are stored as hashes only."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from tms_chat.db.types import Instant, metadata

accounts = Table(
    "local_accounts",
    metadata,
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("email_key", Text, nullable=False, unique=True),  # case folded: Ana@x and ana@x are one account
    Column("password_hash", Text, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created_by", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("max_uses", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("revoked_at", Instant),
)

revoked_tokens = Table(
    "revoked_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)

# A code that stands for a session, for the few seconds of a redirect.
sso_codes = Table(
    "sso_codes",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("token_hash", Text, nullable=False),  # of the host's token it was made from
    Column("issued_at", Instant, nullable=False),
    Column("session_ends_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)
