"""What the journal can tell, and who says it again."""

from __future__ import annotations

from typing import get_args

from tms_chat.catchup.render import RENDERERS
from tms_chat.db.journal import Kind


def test_every_kind_of_the_journal_has_its_renderer() -> None:
    assert RENDERERS.keys() == set(get_args(Kind))
