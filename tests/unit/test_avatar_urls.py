"""The address of a picture: the web, or a path of this server; nothing that browsers read as something else."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from tms_chat.conversations.schema import AvatarUrl

ADDRESS: TypeAdapter[str] = TypeAdapter(AvatarUrl)


@pytest.mark.parametrize(
    "value",
    ["https://h.example/c.png", "http://h.example", "http://h.example:8080/a?b=c#d", "/api/v1/files/1", "/",
     "/a//b.png", "https://h.example/süß 1.png"],
)  # fmt: skip
def test_what_is_taken(value: str) -> None:
    assert ADDRESS.validate_python(f" {value} ") == value


@pytest.mark.parametrize(
    "value",
    ["//evil.example/x.png", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
     "/\n/evil.example", "/x\r\ny", "https://", "https:///evil.example", "https:evil.example", "http:/evil.example",
     "javascript:alert(1)", "JAVASCRIPT://x", "data:image/png;base64,AA", "ftp://h.example/a.png", "a.png", "", " ",
     "?a"],
)  # fmt: skip
def test_what_is_refused(value: str) -> None:
    with pytest.raises(ValidationError):
        ADDRESS.validate_python(value)
