"""The OpenAPI document: what the framework knows of the routes, and what it leaves out.

That is the refusals a JSON body of any kind can meet, the headers of answers, what a refusal of each status says, and
an example of every request and answer.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI

from tms_chat.core.errors import CODES
from tms_chat.http.examples import example_of

ABOUT = """Team chat that lives inside a host product's login.

Send the token as `Authorization: Bearer …`. Every path answers with and without its trailing slash. Answers are
camelCase but for the names the schemas show otherwise; requests may be either. Errors are `{detail, code, requestId}`:
`detail` is a sentence for a person, `code` a name for programs. What the server says over sockets is described at
`/api/v1/asyncapi.json`.
"""
TAGS = {
    "discovery": "What a client asks before it has a token.",
    "health": "For whoever runs the server, and for what stands before it.",
    "auth": "Every way in, staying in, out; accounts of this server.",
    "host": "For the host product itself, which shows its own key.",
    "users": "The caller, the directory, who is online, blocks.",
    "search": "Messages by their words, conversations by title or person.",
    "receipts": "How far people have read, and how much is unread.",
    "messages": "Sending, reading, changing and deleting messages; reactions; link previews.",
    "files": "Uploads, and the files of messages.",
    "sync": "Catching up: what one missed while one was away.",
    "conversations": "Direct and group conversations, their members and settings.",
    "polls": "Asking, voting, closing.",
    "notifications": "What one wants to be notified of, and muted conversations.",
}
#: Refused before any route looks at the request: not JSON at all, and too much of it.
OF_BODIES = {"400": "malformed_json", "413": "body_too_large"}
#: What a refusal of this status says on paths like this; the first that fits. Others say what is general.
_AUTH, _HOST, _FILES = "/api/v1/auth/", "/api/v1/host/", "/api/v1/files/"
REFUSALS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (f"{_HOST}users$", "401", ("webhook_signature_invalid", "webhook_expired")),
    (_HOST, "401", ("api_key_invalid",)),
    (_HOST, "403", ("host_api_off",)),
    (_HOST, "404", ("user_not_found",)),
    (f"{_AUTH}login/credentials", "401", ("credentials_invalid",)),
    (f"{_AUTH}(login|session|sso|logout|verify)", "403", ("account_deactivated", "origin_not_allowed", "forbidden")),
    (f"{_AUTH}(login|sso|session)", "503", ("unavailable", "host_unavailable")),
    (f"{_AUTH}setup", "400", ("setup_link_invalid", "malformed_json")),
    (f"{_AUTH}(signup|invitations/check)", "400", ("invitation_invalid", "malformed_json")),
    (f"{_AUTH}(setup|signup)", "409", ("email_taken",)),
    (f"{_AUTH}password", "400", ("password_wrong", "malformed_json")),
    (f"{_AUTH}sso/exchange", "400", ("sso_code_invalid", "malformed_json")),
    (f"{_AUTH}invitations/", "404", ("invitation_not_found",)),
    (f"{_AUTH}(setup|signup|password|invitations)", "403", ("local_accounts_off", "forbidden")),
    ("/messages/upload", "413", ("file_too_large", "quota_exceeded")),
    ("/avatar", "413", ("file_too_large", "body_too_large")),
    ("/messages/upload|/avatar", "415", ("file_type_refused",)),
    ("/messages/upload", "503", ("storage_full", "unavailable")),
    ("/messages/upload", "404", ("conversation_not_found", "message_not_found")),
    (_FILES, "404", ("file_not_found",)),
    (_FILES, "416", ("range_not_satisfiable",)),
    ("/messages/link-preview", "422", ("link_refused", "link_unreachable", "invalid")),
    ("/messages/(upload)?$", "409", ("client_id_reused",)),
    ("/messages/$", "404", ("conversation_not_found", "message_not_found")),
    ("/messages/($|upload)", "403", ("not_deliverable",)),
    ("/reactions$", "409", ("reaction_exists", "message_deleted")),
    (r"/reactions/", "404", ("reaction_not_found", "message_not_found")),
    (r"/messages/\{message_id\}", "404", ("message_not_found",)),
    (r"/messages/\{message_id\}", "403", ("forbidden", "not_deliverable")),
    (r"/messages/\{message_id\}", "409", ("message_deleted",)),
    (r"/polls/\{poll_id\}", "404", ("poll_not_found",)),
    (r"/polls/\{poll_id\}", "409", ("poll_closed", "message_deleted")),
    ("/polls", "403", ("forbidden", "not_deliverable")),
    (r"/members$", "409", ("group_full",)),
    (r"/members/\{user_id\}|/leave", "409", ("last_admin",)),
    (r"/conversations/(\{conversation_id\}/members.*)?$", "404", ("conversation_not_found", "user_not_found")),
    ("/users/", "404", ("user_not_found",)),
)  # fmt: skip
GENERAL: Mapping[str, tuple[str, ...]] = {
    "400": ("malformed_json",),
    "401": ("token_missing", "token_expired", "token_invalid"),
    "403": ("forbidden",),
    "404": ("conversation_not_found",),
    "409": ("client_id_reused",),
    "413": ("body_too_large",),
    "422": ("invalid",),
    "429": ("rate_limited",),
    "500": ("internal",),
    "503": ("unavailable",),
}
#: Answered at addresses and to methods that no operation describes.
ELSEWHERE = ("not_found", "method_not_allowed", "wrong_socket_path")
REQUEST_ID = {"description": "Names the request in the server's log.", "schema": {"type": "string"}}
RETRY_AFTER = {"description": "Whole seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
SEQ = {
    "description": "The journal number of the conversation that this answer stands for.",
    "schema": {"type": "integer", "minimum": 0},
}
WITH_SEQ = ("post_message_", "post_upload_", "get_history_")
BYTES = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
PROBLEM = {"$ref": "#/components/schemas/Problem"}


class DescribedApi(FastAPI):
    """An application whose OpenAPI document names every answer there is."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
            document["components"]["responses"] = {code: _elsewhere(code) for code in ELSEWHERE}
            for path, operation in _operations(document):
                _complete(document, path, operation)
        assert self.openapi_schema is not None
        return self.openapi_schema


def codes_of(path: str, status: str) -> tuple[str, ...]:
    """What a refusal with this status says on this path."""
    specific = (codes for pattern, of, codes in REFUSALS if of == status and re.search(pattern, path))
    return next(specific, GENERAL.get(status, ()))


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            yield path, operation


def _complete(document: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        for status in OF_BODIES:
            operation["responses"].setdefault(status, {"content": {"application/json": {"schema": PROBLEM}}})
        body["example"] = example_of(body["schema"], schemas)
    for status, response in operation["responses"].items():
        response.setdefault("headers", {})["X-Request-Id"] = REQUEST_ID
        content = response.get("content", {}).get("application/json")
        if status == "200" and path.startswith(_FILES) and content is None:
            response["content"] = BYTES
            response["description"] = "The bytes: all of them, or with 206 the Range that was asked for."
        elif status.startswith("2"):
            if operation["operationId"].startswith(WITH_SEQ):
                response["headers"]["X-Conversation-Seq"] = SEQ
            if content is not None and content.get("schema"):
                content["example"] = example_of(content["schema"], schemas)
        elif path.startswith("/api/") and content is not None:
            _refusal(path, status, response, content)


def _refusal(path: str, status: str, response: dict[str, Any], content: dict[str, Any]) -> None:
    codes = codes_of(path, status)
    response["description"] = " ".join(f"`{code}`" for code in codes) or response.get("description", "")
    wrapped = content["schema"].get("$ref", "").endswith("/SignInProblem")
    content["examples"] = {code: {"summary": CODES[code][1], "value": _problem(code, wrapped)} for code in codes}
    if status in ("429", "503"):
        response["headers"]["Retry-After"] = RETRY_AFTER


def _problem(code: str, wrapped: bool) -> dict[str, Any]:
    sentence: Any = CODES[code][1]
    if wrapped:
        sentence = {"error": "invalid_jwt_token", "message": sentence, "hint": "Sign in at the host again."}
    problem = {"detail": sentence, "code": code, "requestId": "01952f6e-9a60-7e5f-8071-5f6071829304"}
    return problem | ({"errors": [{"field": "limit", "problem": "must be 1 or more"}]} if code == "invalid" else {})


def _elsewhere(code: str) -> dict[str, Any]:
    content = {"application/json": {"schema": PROBLEM, "example": _problem(code, wrapped=False)}}
    return {"description": f"`{code}`, {CODES[code][0]}: {CODES[code][1]}", "content": content}
