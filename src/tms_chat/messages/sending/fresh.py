"""A message that was just written, as the wire shows it: nobody has received, edited or answered it yet.

The same as `message_answer` gives, which a test holds it to, at a tenth of the cost: every send is rendered twice, in
camelCase for its answer and in snake_case for everybody's sockets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tms_chat.core.addresses import shown_metadata
from tms_chat.core.ids import UserId
from tms_chat.messages.sending.batch import Row
from tms_chat.messages.sending.post import Sender


@dataclass(frozen=True, slots=True)
class Fresh:
    """`at` as the wire shows it; `recipients` are listed with what they have received of it: nothing."""

    row: Row
    at: str
    sender: Sender
    metadata: dict[str, Any]
    recipients: Sequence[UserId]

    def event(self) -> dict[str, Any]:
        """The message as events show it."""
        row, at = self.row, self.at
        return {
            "id": row.id,
            "conversation_id": row.conversation_id,
            "sender_id": row.sender_id,
            "content": row.content,
            "type": row.type,
            "metadata_json": shown_metadata(self.metadata),
            "reply_to_id": None,
            "reply_to": None,
            "is_edited": False,
            "sequence_number": row.number,
            "encrypted": False,
            "encryption_version": None,
            "sender_key_id": None,
            "created_at": at,
            "updated_at": None,
            "deleted_at": None,
            "client_id": row.client_id,
            "sender": self.sender.profile,
            "reactions": [],
            "statuses": [
                {"message_id": row.id, "user_id": user_id, "status": "sent", "timestamp": at}
                for user_id in self.recipients
            ],
            "poll": None,
            "status": "sent",
        }

    def rest(self) -> bytes:
        """The answer to its sender."""
        row, at = self.row, self.at
        body = {
            "id": row.id,
            "conversationId": row.conversation_id,
            "senderId": row.sender_id,
            "content": row.content,
            "type": row.type,
            "metadata": shown_metadata(self.metadata),
            "replyToId": None,
            "replyTo": None,
            "isEdited": False,
            "sequenceNumber": row.number,
            "encrypted": False,
            "encryptionVersion": None,
            "senderKeyId": None,
            "createdAt": at,
            "updatedAt": None,
            "deletedAt": None,
            "clientId": row.client_id,
            "sender": self.sender.profile,
            "reactions": [],
            "statuses": [
                {"messageId": row.id, "userId": user_id, "status": "sent", "timestamp": at}
                for user_id in self.recipients
            ],
            "poll": None,
            "status": "sent",
        }
        return orjson.dumps(body)
