"""What is taken for a plain text is what the schema makes of the same request; everything else is left to it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tms_chat.core.ids import uuid7
from tms_chat.messages.schema import MessageRequest
from tms_chat.messages.sending.plain import plain_text

CHAT = uuid7()
CLIENT_ID = str(uuid4())


def same(body: dict[str, Any]) -> None:
    found, meant = plain_text(body), MessageRequest.model_validate(body)
    assert found is not None
    assert found.full() == meant
    assert found.digest() == meant.digest()
    assert (found.type, found.metadata_json, found.reply_to_id) == (meant.type, meant.metadata_json, meant.reply_to_id)
    assert found.client_id == (str(meant.client_id) if meant.client_id else None)


@pytest.mark.parametrize(
    "more",
    [{}, {"type": "TEXT"}, {"client_id": CLIENT_ID}, {"client_id": None}, {"type": "TEXT", "client_id": CLIENT_ID}],
)
def test_a_plain_text_is_what_the_schema_says(more: dict[str, Any]) -> None:
    for content in ("hello", " x ", "héllo 👋🏽", "a\nb", "x" * 4096, "日" * 4096, "\u200bvisible"):
        same({"conversation_id": CHAT, "content": content, **more})


@given(st.text(max_size=50))
def test_any_text_is_taken_as_the_schema_takes_it_or_left(content: str) -> None:
    try:
        body = orjson.loads(orjson.dumps({"conversation_id": CHAT, "content": content}))
    except TypeError:
        return  # no JSON: half of a surrogate pair
    if plain_text(body) is not None:
        same(body)
    else:
        with pytest.raises(ValidationError):
            MessageRequest.model_validate(body)


@pytest.mark.parametrize(
    "body",
    [
        None, [], "text", 1, {}, {"conversation_id": CHAT}, {"content": "x"},
        {"conversation_id": CHAT, "content": ""}, {"conversation_id": CHAT, "content": " \u200b"},
        {"conversation_id": CHAT, "content": 1}, {"conversation_id": CHAT, "content": "a\x00b"},
        {"conversation_id": CHAT, "content": "x" * 4097}, {"conversation_id": "group", "content": "x"},
        {"conversation_id": CHAT.upper(), "content": "x"}, {"conversation_id": CHAT + "\n", "content": "x"},
        {"conversationId": CHAT, "content": "x"}, {"conversation_id": CHAT, "content": "x", "type": "FILE"},
        {"conversation_id": CHAT, "content": "x", "reply_to_id": None},
        {"conversation_id": CHAT, "content": "x", "encrypted": True},
        {"conversation_id": CHAT, "content": "x", "metadata_json": {}},
        {"conversation_id": CHAT, "content": "x", "client_id": CLIENT_ID.upper()},
        {"conversation_id": CHAT, "content": "x", "client_id": CLIENT_ID + "\n"},
        {"conversation_id": CHAT, "content": "x", "client_id": "{" + CLIENT_ID + "}"},
        {"conversation_id": CHAT, "content": "x", "client_id": 7},
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_schema(body: Any) -> None:
    assert plain_text(body) is None
