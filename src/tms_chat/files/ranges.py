"""`Range` of one part (RFC 9110 §14.2): which bytes of a file are asked for."""

import re

from tms_chat.core.errors import ChatError

SINGLE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})", re.IGNORECASE)


def wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """(first, one past the last), None for the whole file: also for other units, several parts or nonsense.

    Raises ChatError `range_not_satisfiable` for a part that begins behind the end.
    """
    match = SINGLE.fullmatch(header.strip()) if header else None
    if match is None or match.group(1) == match.group(2) == "":
        return None
    first, last = match.groups()
    if not first:  # the last so many
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size or end <= start:
        raise ChatError("range_not_satisfiable", headers={"Content-Range": f"bytes */{size}"})
    return start, end
