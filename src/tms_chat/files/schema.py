"""Answers about files. The message of an upload carries the rest in its metadata."""

from tms_chat.schema import Answer, Instant


class Ticket(Answer):
    """An address that opens one file for one person without a bearer token, for as long as it says."""

    url: str
    expires_at: Instant
