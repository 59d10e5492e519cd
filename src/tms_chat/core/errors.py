"""The one exception of the product: a code a program can read and a sentence a person can act on.

Transports translate it with `CODES`: REST to an HTTP status, the socket to an acknowledgement.
"""

from collections.abc import Mapping
from typing import Any

CODES: Mapping[str, tuple[int, str]] = {
    "invalid": (422, "The request has a field that is missing or not of the stated form."),
    "malformed_json": (400, "The body is not valid JSON."),
    "body_too_large": (413, "The body is larger than 256 kB."),
    "method_not_allowed": (405, "This address does not answer to this method."),
    "not_found": (404, "There is nothing at this address."),
    "wrong_socket_path": (404, "Socket.IO is served at /socket.io/ on this server, not here."),
    "conversation_not_found": (404, "There is no such conversation, or you are not a member of it."),
    "message_not_found": (404, "There is no such message in this conversation."),
    "user_not_found": (404, "There is no such person, or the account is deactivated."),
    "invitation_not_found": (404, "There is no such invitation."),
    "message_deleted": (409, "This message was deleted for everyone."),
    "reaction_exists": (409, "You have reacted with this emoji already."),
    "reaction_not_found": (404, "You have not reacted with this emoji."),
    "poll_not_found": (404, "There is no such poll, or you are not a member of its conversation."),
    "poll_closed": (409, "This poll is closed: nobody can vote any more."),
    "group_full": (409, "The group has as many members as it can have."),
    "last_admin": (409, "The group needs an administrator: make somebody else one first."),
    "file_not_found": (404, "There is no such file, or you are not a member of its conversation."),
    "file_too_large": (413, "The file is larger than this server takes."),
    "file_type_refused": (415, "Files of this type are not taken here."),
    "range_not_satisfiable": (416, "The file has no such range of bytes."),
    "storage_full": (503, "The server has no room for files: ask who runs it."),
    "quota_exceeded": (413, "Your files take as much room as you may use: delete some first."),
    "not_deliverable": (403, "This message cannot be delivered."),
    "link_refused": (422, "This address cannot be previewed: only public http and https addresses can."),
    "link_unreachable": (422, "The page at this address does not answer, or is not a web page."),
    "forbidden": (403, "You may see this but not do it."),
    "token_missing": (401, "No token was sent: sign in and send it as 'Authorization: Bearer <token>'."),
    "token_expired": (401, "The session has ended: sign in again."),
    "token_invalid": (401, "The token is not valid here: sign in again."),
    "origin_not_allowed": (403, "This page's origin is not in ALLOWED_ORIGINS of the server."),
    "credentials_invalid": (401, "The e-mail address or the password is wrong."),
    "password_wrong": (400, "The current password is wrong."),
    "sso_code_invalid": (400, "This one-time code is not valid (any more): sign in at the host again."),
    "host_unavailable": (503, "The host product does not answer, and it knows who you are: try again in a moment."),
    "host_api_off": (403, "This is for the host product: set USER_MANAGEMENT_API_KEY or HOST_API_KEY on the server."),
    "api_key_invalid": (
        401,
        "The X-API-Key header is missing or wrong: send the server's HOST_API_KEY, or else USER_MANAGEMENT_API_KEY.",
    ),
    "webhook_expired": (401, "X-TMS-Timestamp is more than five minutes off: check the clocks and sign anew."),
    "webhook_signature_invalid": (
        401,
        "X-TMS-Signature is wrong: v1=, then the hex HMAC-SHA256 of timestamp, full stop and body under HOST_API_KEY, "
        "or else USER_MANAGEMENT_API_KEY.",
    ),
    "account_deactivated": (403, "This account is deactivated: ask an administrator."),
    "local_accounts_off": (403, "Accounts come from the host product on this server: sign in there."),
    "setup_link_invalid": (
        400,
        "This set-up link is not valid (any more): use the one the last start printed.",
    ),
    "invitation_invalid": (400, "This invitation is not valid (any more): ask for a new link."),
    "email_taken": (409, "There is already an account with this e-mail address: sign in instead."),
    "client_id_reused": (409, "This client_id was already used for a message with another content."),
    "rate_limited": (429, "Too many attempts: wait a moment and try again."),
    "too_many_sockets": (429, "You have too many connections open: close some of your tabs and devices."),
    "socket_closed": (400, "This Socket.IO session has ended: connect anew."),
    "unknown_event": (404, "The server does not know this event."),
    "unavailable": (503, "The database does not answer: try again in a moment."),
    "internal": (500, "Something went wrong on the server; the request id names the entry in its log."),
}


class ChatError(Exception):
    """A refusal or failure with a `code` from CODES and a `detail` sentence (the code's own unless given).

    `errors` lists field problems beside the sentence; `retry_after` is in whole seconds (RFC 9110 §10.2.3);
    `headers` are further ones that an HTTP answer with this refusal needs.
    """

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        errors: list[dict[str, Any]] | None = None,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code = code
        self.status, sentence = CODES[code]
        self.detail = detail or sentence
        self.errors = errors
        self.retry_after = retry_after
        self.headers = headers
        self.wrapping: dict[str, str] | None = None
        super().__init__(f"{code}: {self.detail}")

    def wrapped(self, error: str, hint: str) -> "ChatError":
        """For the sign-in answers whose `detail` existing clients read as `{error, message, hint}`."""
        self.wrapping = {"error": error, "message": self.detail, "hint": hint}
        return self


class StartError(Exception):
    """A reason not to start: one sentence that names the setting and the remedy."""
