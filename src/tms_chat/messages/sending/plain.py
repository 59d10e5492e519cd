"""The request nearly all sends are: a text to a conversation, perhaps with a `client_id`, and nothing else.

Only what is surely valid as it stands is taken here; `MessageRequest` looks at everything else and says what is wrong.
"""

import hashlib
import re
from typing import Any, Literal, NamedTuple

import orjson

from tms_chat.core.text import MAX_MESSAGE_BYTES, is_blank
from tms_chat.messages.schema import MessageRequest

NAMES = frozenset({"conversation_id", "content", "client_id", "type"})
OUR_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class PlainText(NamedTuple):
    """As far as a send looks at it, a `MessageRequest`."""

    conversation_id: str
    content: str
    client_id: str | None
    type: Literal["TEXT"] = "TEXT"
    reply_to_id: None = None

    @property
    def metadata_json(self) -> dict[str, Any]:
        """None is given."""
        return {}

    def digest(self) -> str:
        """That of the same `MessageRequest`."""
        accepted = {"content": self.content, "conversation_id": self.conversation_id}
        return hashlib.sha256(orjson.dumps(accepted)).hexdigest()

    def full(self) -> MessageRequest:
        """The same for whoever needs all of it."""
        values = {"conversation_id": self.conversation_id, "content": self.content, "client_id": self.client_id}
        return MessageRequest.model_validate(values)


def plain_text(body: Any) -> PlainText | None:
    """Of a JSON value that was parsed strictly (no lone surrogates); None when it is anything but plain."""
    if type(body) is not dict or not NAMES.issuperset(body) or body.get("type", "TEXT") != "TEXT":
        return None
    conversation_id, content, client_id = body.get("conversation_id"), body.get("content"), body.get("client_id")
    if type(conversation_id) is not str or not OUR_ID.fullmatch(conversation_id):
        return None
    # A quarter of the bytes allowed is never too long, whatever the characters are.
    if type(content) is not str or len(content) > MAX_MESSAGE_BYTES // 4 or "\x00" in content or is_blank(content):
        return None
    if client_id is not None and (type(client_id) is not str or not OUR_ID.fullmatch(client_id)):
        return None
    return PlainText(conversation_id, content, client_id)
