"""What a link led to when it was last looked up: asked once for everybody, also when there was nothing to see."""

from sqlalchemy import Column, Table, Text

from tms_chat.db.types import Instant, metadata

link_previews = Table(
    "link_previews",
    metadata,
    Column("url_hash", Text, primary_key=True),  # SHA-256 of the address
    Column("url", Text, nullable=False),
    Column("title", Text),
    Column("description", Text),
    Column("image", Text),
    Column("favicon", Text),
    Column("domain", Text, nullable=False),
    Column("failure", Text),  # the code of the refusal, when there was nothing to see
    Column("fetched_at", Instant, nullable=False, index=True),
)
