"""The whole contract: reactions, polls, files, blocks, preferences, link previews, where a member's history begins."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import orm

from tms_chat.core.text import search_key
from tms_chat.db.types import Instant

revision = "0003"
down_revision = "0002"

NAMED = sa.table("conversations", sa.column("id", sa.Text()), sa.column("name", sa.Text()), sa.column("search_key"))


def upgrade() -> None:
    op.add_column("conversations", sa.Column("history_visibility", sa.Text(), nullable=False, server_default="joined"))
    op.add_column("conversations", sa.Column("search_key", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.execute("UPDATE conversations SET history_visibility = 'all' WHERE host_key IS NOT NULL")
    session = orm.Session(op.get_bind())
    for row in session.execute(sa.select(NAMED.c.id, NAMED.c.name).where(NAMED.c.name.is_not(None))).all():
        session.execute(sa.update(NAMED).where(NAMED.c.id == row.id).values(search_key=search_key(row.name)))
    session.flush()
    op.add_column("members", sa.Column("muted_at", Instant()))
    op.add_column("members", sa.Column("history_after", sa.BigInteger(), nullable=False, server_default="0"))
    _messages()
    _polls()
    _files()
    _people()


def _messages() -> None:
    op.create_table(
        "hidden_messages",
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("conversation_id", sa.Text(), sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", "number", name="pk_hidden_messages"),
    )
    op.create_table(
        "reactions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("emoji", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reactions"),
        sa.UniqueConstraint("message_id", "user_id", name="uq_reactions_message_id_user_id"),
    )
    op.create_table(
        "link_previews",
        sa.Column("url_hash", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("description", sa.Text()),
        sa.Column("image", sa.Text()),
        sa.Column("favicon", sa.Text()),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text()),
        sa.Column("fetched_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("url_hash", name="pk_link_previews"),
    )
    op.create_index("ix_link_previews_fetched_at", "link_previews", ["fetched_at"])


def _polls() -> None:
    op.create_table(
        "polls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
        sa.Column("conversation_id", sa.Text(), sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_by", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("multiple_choice", sa.Boolean(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("expires_at", Instant()),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_polls"),
        sa.UniqueConstraint("message_id", name="uq_polls_message_id"),
    )
    op.create_table(
        "poll_options",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("poll_id", sa.Text(), sa.ForeignKey("polls.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("option_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_poll_options"),
        sa.UniqueConstraint("poll_id", "position", name="uq_poll_options_poll_id_position"),
    )
    op.create_table(
        "poll_votes",
        sa.Column("poll_id", sa.Text(), sa.ForeignKey("polls.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("option_id", sa.Text(), sa.ForeignKey("poll_options.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("poll_id", "user_id", "option_id", name="pk_poll_votes"),
    )


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("message_id", sa.Text(), sa.ForeignKey("messages.id", ondelete="CASCADE")),
        sa.Column("uploaded_by", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("thumbnail_key", sa.Text()),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("duration", sa.Float()),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
    )
    for column in ("message_id", "conversation_id", "uploaded_by"):
        op.create_index(f"ix_files_{column}", "files", [column])


def _people() -> None:
    op.create_table(
        "blocks",
        sa.Column("blocker_id", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("blocked_id", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("blocker_id", "blocked_id", name="pk_blocks"),
    )
    op.create_index("ix_blocks_blocked_id", "blocks", ["blocked_id"])
    op.create_table(
        "notification_preferences",
        sa.Column("user_id", sa.Text(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sound_enabled", sa.Boolean(), nullable=False),
        sa.Column("sound_volume", sa.Integer(), nullable=False),
        sa.Column("browser_notifications_enabled", sa.Boolean(), nullable=False),
        sa.Column("enable_message_notifications", sa.Boolean(), nullable=False),
        sa.Column("enable_mention_notifications", sa.Boolean(), nullable=False),
        sa.Column("enable_reaction_notifications", sa.Boolean(), nullable=False),
        sa.Column("enable_member_activity_notifications", sa.Boolean(), nullable=False),
        sa.Column("dnd_enabled", sa.Boolean(), nullable=False),
        sa.Column("dnd_start", sa.Text()),
        sa.Column("dnd_end", sa.Text()),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_notification_preferences"),
    )
