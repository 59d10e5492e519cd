"""The system's Chromium, driven by Playwright (sync style; the browser tests live in tests/browser)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Playwright

ARGS = [
    "--headless=new",
    "--no-sandbox",  # root, as in a container, cannot have the sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Tests talk to this machine only.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: As chrome://flags would write them: every window loads two pages of the browser's own for suggestions below its
#: address bar, which cost more than most of our tests. Playwright has a --disable-features already, and one replaces
#: the other.
WITHOUT_SUGGESTIONS = {"browser": {"enabled_labs_experiments": ["webui-omnibox-popup@2", "webui-omnibox-aim-popup@2"]}}


def find_chromium() -> str:
    # The same names, in the same order, as in scripts/system-packages.sh.
    for name in ("chromium", "google-chrome-stable"):
        path = shutil.which(name)
        if path is not None:
            return path
    raise RuntimeError("Chromium is missing: run scripts/system-packages.sh")


@contextmanager
def launch(playwright: Playwright, *, third_party_cookies: bool, args: Sequence[str] = ()) -> Iterator[Browser]:
    """One browser. Each `browser.new_context()` is a person of its own: no shared cookies or storage.

    Whether third-party cookies are blocked by default differs between builds of Chromium, so the profile says
    it (0: never blocked, 1: always); contexts made later take it over. `args` are switches of Chromium.
    """
    with TemporaryDirectory(prefix="tms-browser-", ignore_cleanup_errors=True) as profile:
        preferences = Path(profile, "Default", "Preferences")
        preferences.parent.mkdir()
        preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 0 if third_party_cookies else 1}}))
        Path(profile, "Local State").write_text(json.dumps(WITHOUT_SUGGESTIONS))
        first = playwright.chromium.launch_persistent_context(
            profile, executable_path=find_chromium(), args=[*ARGS, *args]
        )
        assert first.browser is not None
        try:
            yield first.browser
        finally:
            first.close()
