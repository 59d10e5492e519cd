"""The host's people and objects: who closed an account, versions of profiles, one-time codes, conversations by key."""

import sqlalchemy as sa
from alembic import op

from tms_chat.db.types import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("users", sa.Column("deactivated_by", sa.Text()))
    op.add_column("users", sa.Column("host_version", sa.BigInteger()))
    op.execute("UPDATE users SET deactivated_by = 'operator' WHERE NOT is_active")
    op.add_column("conversations", sa.Column("host_key", sa.Text()))
    op.create_index("ix_conversations_host_key", "conversations", ["host_key"], unique=True)
    op.create_table(
        "sso_codes",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("session_ends_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sso_codes_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_sso_codes"),
    )
    op.create_index("ix_sso_codes_expires_at", "sso_codes", ["expires_at"])
