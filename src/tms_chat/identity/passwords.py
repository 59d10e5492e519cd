"""Passwords: argon2id with the library's parameters (RFC 9106 §4, second recommendation), off the event loop.

Each takes 64 MiB for a moment; `LoginGuard` lets two run at a time.
"""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 8
MAX_LENGTH = 256

_hasher = PasswordHasher()


async def hash_password(password: str) -> str:
    """The encoded hash to store."""
    return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; takes as long when nothing is stored."""
    return await asyncio.to_thread(_matches, stored, password)


def _matches(stored: str | None, password: str) -> bool:
    nobodys = _nobodys_hash()
    try:
        _hasher.verify(stored or nobodys, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobodys_hash() -> str:
    """Compared with when there is no account, so that both refusals take the same time. Made by the first attempt,
    whichever it is: a start has no time to give away."""
    return _hasher.hash("nobody has this password")
