"""`make dev`: server and client side by side; each reloads when its files change, Ctrl-C ends both.

Vite reloads the client by itself. The server is simply started again when a Python file has changed: that takes
a second, runs the same way as in production, and after a mistake the next save gives it another chance.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SERVER = [str(Path(sys.executable).with_name("tms")), "serve"]
CLIENT = [str(ROOT / "scripts" / "node.sh"), "npm", "--prefix", "web", "run", "--silent", "dev"]
# The page comes from Vite's address, which the server must accept as an origin.
ENVIRONMENT = {"ALLOWED_ORIGINS": "http://localhost:5173", **os.environ}


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server, client = start(SERVER), start(CLIENT)
    seen = changes()
    try:
        while client.poll() is None:
            time.sleep(0.5)
            now = changes()
            if now != seen:
                seen = now
                print("A Python file has changed: starting the server again.", flush=True)
                stop(server)
                server = start(SERVER)
    except KeyboardInterrupt:
        pass
    finally:
        stop(client)
        stop(server)


def start(command: list[str]) -> subprocess.Popen[bytes]:
    # A process group of its own, so that the children of npm end with it.
    return subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL, start_new_session=True)


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def changes() -> dict[Path, int]:
    """When each Python file of the server was last written; a file that is just being replaced counts as gone."""
    times = {}
    for path in (ROOT / "src").rglob("*.py"):
        try:
            times[path] = path.stat().st_mtime_ns
        except FileNotFoundError:
            continue
    return times


if __name__ == "__main__":
    main()
