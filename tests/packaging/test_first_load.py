"""What a browser loads before it shows anything stays small: 150 kB of JavaScript at most, as the server packs it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

CLIENT = Path(__file__).parents[2] / "src" / "tms_chat" / "client"
MOST_BYTES = 150_000
#: The page's own script, and what it says will be needed with it.
SCRIPT = re.compile(r'<(?:script[^>]*\ssrc|link rel="modulepreload"[^>]*\shref)="/(assets/[^"]+\.js)"')


def test_the_first_scripts_are_within_their_budget() -> None:
    scripts = SCRIPT.findall((CLIENT / "index.html").read_text())
    assert len(scripts) > 1
    sizes = {name: len(gzip.compress((CLIENT / name).read_bytes())) for name in scripts}
    assert sum(sizes.values()) <= MOST_BYTES, sizes
