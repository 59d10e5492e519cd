"""What libraries say at DEBUG=true must not bring what people send into the log."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SECRET = "Kryptonite"
#: In a process of its own: how a process logs is one thing for all of it.
PROGRAM = """
import asyncio, io, logging, sys
from pathlib import Path
from PIL import Image
from tms_chat.core.errors import ChatError
from tms_chat.files.multipart import read_form
from tms_chat.files.pictures import remake
from tms_chat.logs import configure_logs

secret, folder = sys.argv[1], Path(sys.argv[2])
configure_logs(debug=True)
around, content = Image.Exif(), io.BytesIO()
around[0x010E] = secret
Image.new("RGB", (9, 9)).save(content, "JPEG", exif=around)
assert remake(content, folder) is not None

async def broken():
    yield f'--X\\r\\nContent\\x01-Disposition: form-data; name="{secret}"\\r\\n\\r\\n{secret}\\r\\n--X--\\r\\n'.encode()

try:
    asyncio.run(read_form(broken(), "multipart/form-data; boundary=X", folder, 100))
except ChatError as error:
    logging.getLogger("tms_chat").debug(error.code)
"""


def test_neither_what_is_around_a_picture_nor_a_broken_form_is_logged(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, SECRET, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert SECRET not in done.stdout + done.stderr
    assert [line for line in done.stderr.splitlines() if '"event": "invalid"' not in line] == []
    assert done.stderr
