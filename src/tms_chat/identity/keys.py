"""The key of our own tokens: JWT_SECRET, or a random one kept in the data directory."""

import os
import secrets
from pathlib import Path

from joserfc.jwk import OctKey

from tms_chat.core.errors import StartError
from tms_chat.settings import MIN_SECRET, Settings

FILE_NAME = "jwt-secret"


def load_own_key(settings: Settings) -> OctKey:
    """Read or make the key; the file is readable by its owner only. Raises StartError when it is damaged."""
    secret = settings.jwt_secret or _from_file(settings.data_dir / FILE_NAME)
    return OctKey.import_key(secret)


def _from_file(path: Path) -> str:
    try:
        # O_EXCL: of two processes that start at once, one makes the key and the other reads it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path.read_text().strip()
        if len(secret) < MIN_SECRET:
            raise StartError(
                f"{path} does not hold a key: delete it (everybody signs in again) or set JWT_SECRET."
            ) from None
        return secret
    secret = secrets.token_hex(32)
    with os.fdopen(handle, "w") as file:
        file.write(secret + "\n")
    return secret
