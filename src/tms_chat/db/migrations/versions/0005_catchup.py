"""Catching up: where in the journal each membership begins, found for those who were added before this was noted."""

import orjson
import sqlalchemy as sa
from alembic import op

from tms_chat.db.types import Instant

revision = "0005"
down_revision = "0004"

JOURNAL = sa.table(
    "journal", *(sa.column(name) for name in ("conversation_id", "seq", "kind")),
    sa.column("data"), sa.column("created_at", Instant()),
)  # fmt: skip
MEMBERS = sa.table(
    "members", *(sa.column(name) for name in ("conversation_id", "user_id", "joined_seq")),
    sa.column("joined_at", Instant()),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("members", sa.Column("joined_seq", sa.BigInteger(), nullable=False, server_default="0"))
    connection = op.get_bind()
    columns = (JOURNAL.c.conversation_id, JOURNAL.c.seq, JOURNAL.c.data, JOURNAL.c.created_at)
    added = sa.select(*columns).where(JOURNAL.c.kind == "member_added")
    began = [
        {"in_conversation": conversation_id, "who": user_id, "seq": seq, "at": at}
        for conversation_id, seq, data, at in connection.execute(added.order_by(JOURNAL.c.seq))
        for user_id in (orjson.loads(data) if isinstance(data, str) else data)["user_ids"]
    ]
    if began:
        # Joined with that very change: whoever left and came back has a later one.
        theirs = sa.update(MEMBERS).where(
            MEMBERS.c.conversation_id == sa.bindparam("in_conversation"),
            MEMBERS.c.user_id == sa.bindparam("who"),
            MEMBERS.c.joined_at == sa.bindparam("at", type_=Instant()),
        )
        connection.execute(theirs.values(joined_seq=sa.bindparam("seq")), began)
