"""What somebody wants to be told of. No row: the defaults. Mute is not here but with the membership."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text

from tms_chat.db.types import Instant, metadata

notification_preferences = Table(
    "notification_preferences",
    metadata,
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True),
    Column("id", Text, nullable=False),
    Column("sound_enabled", Boolean, nullable=False),
    Column("sound_volume", Integer, nullable=False),  # 0 to 100
    Column("browser_notifications_enabled", Boolean, nullable=False),
    Column("enable_message_notifications", Boolean, nullable=False),
    Column("enable_mention_notifications", Boolean, nullable=False),
    Column("enable_reaction_notifications", Boolean, nullable=False),
    Column("enable_member_activity_notifications", Boolean, nullable=False),
    Column("dnd_enabled", Boolean, nullable=False),
    Column("dnd_start", Text),  # HH:MM in `timezone`
    Column("dnd_end", Text),
    Column("timezone", Text, nullable=False),  # an IANA name
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
