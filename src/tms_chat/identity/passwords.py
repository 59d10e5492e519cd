"""Passwords: argon2id with the library's parameters (RFC 9106 §4, second recommendation), off the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 8
MAX_LENGTH = 256

_hasher = PasswordHasher()
# 64 MiB each: two at a time keep a small machine alive under a flood of sign-ins.
_turns = asyncio.Semaphore(2)
# Compared with when there is no account, so that both refusals take the same time.
_NOBODY = _hasher.hash("nobody has this password")


async def hash_password(password: str) -> str:
    """The encoded hash to store."""
    async with _turns:
        return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; takes as long when nothing is stored."""
    async with _turns:
        matches = await asyncio.to_thread(_matches, stored or _NOBODY, password)
    return matches and stored is not None


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
