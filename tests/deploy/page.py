"""docs/DEPLOY.md as the tests use it: its configuration files are run, and its commands typed, as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "DEPLOY.md"

# The names the page uses. Nobody can own them (RFC 2606); on this machine the tests say where they are.
CHAT, CLIENT = "chat.example.com", "client.example.com"
CHAT_ORIGIN, CLIENT_ORIGIN = f"https://{CHAT}", f"https://{CLIENT}"
# Where the page has the server and the folder of a client on an origin of its own.
UPSTREAM, CLIENT_FOLDER = "127.0.0.1:8000", "/srv/tms-chat-client"


def blocks(language: str) -> list[str]:
    """The fenced blocks of this language, in the page's order."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return found
