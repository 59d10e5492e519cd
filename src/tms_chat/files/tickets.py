"""Tickets: an address that opens one file for one person, for elements that send no bearer token; an hour long.

Signed with our own key, with a type and an audience of their own: no session comes from one, and none is one. Whether
its person may still see the file is asked whenever it is shown.
"""

import time

import orjson
from joserfc import jws
from joserfc.jwk import OctKey

from tms_chat.core.ids import UserId
from tms_chat.identity.tokens import (
    OWN_NAME,
    TokenRefused,
    check_times,
    check_token_form,
    token_type,
    verified_claims,
)

TICKET_TYPE = "tms-file+jwt"
TICKET_AUDIENCE = "tms-chat-files"
TICKET_SECONDS = 3600


def sign_ticket(key: OctKey, user_id: UserId, file_id: str) -> tuple[str, float]:
    """The ticket, and when it ends (Unix seconds)."""
    now = time.time()
    expires_at = now + TICKET_SECONDS
    claims = {"iss": OWN_NAME, "aud": TICKET_AUDIENCE, "sub": user_id, "file": file_id, "iat": now, "exp": expires_at}
    header = {"alg": "HS256", "typ": TICKET_TYPE}
    return jws.serialize_compact(header, orjson.dumps(claims), key, algorithms=["HS256"]), expires_at


def check_ticket(key: OctKey, ticket: str, file_id: str) -> UserId:
    """Whose ticket for this file it is. Raises TokenRefused."""
    if token_type(check_token_form(ticket)) != TICKET_TYPE:
        raise TokenRefused("token_invalid", "not a ticket for a file")
    claims = verified_claims(ticket, key)
    check_times(claims)
    user_id = claims.get("sub")
    if claims.get("aud") != TICKET_AUDIENCE or claims.get("file") != file_id or not isinstance(user_id, str):
        raise TokenRefused("token_invalid", "a ticket for another file")
    return UserId(user_id)
