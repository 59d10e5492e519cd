"""The host's session cookie in a Cookie header (RFC 6265 §5.4), put together again when it was split into chunks."""

from tms_chat.identity.host_tokens import SESSION_COOKIES
from tms_chat.identity.tokens import MAX_TOKEN_LENGTH

MAX_CHUNKS = 8


def host_cookies(header: str) -> list[tuple[str, str]]:
    """(cookie name, token) for each session cookie that is there; `__Secure-` first, as its browser vouches for it.

    Chunks are `name.0`, `name.1` … without a gap; a cookie with a gap or with too many of them is left out.
    """
    cookies = cookie_pairs(header)
    found = []
    for name in sorted(SESSION_COOKIES):  # upper case before lower case: __Secure- first
        token = cookies.get(name) or _joined(cookies, name)
        if token and len(token) <= MAX_TOKEN_LENGTH:
            found.append((name, token))
    return found


def cookie_pairs(header: str) -> dict[str, str]:
    """Name → value of a Cookie header; of two with one name the first, whose path is the more specific one."""
    cookies: dict[str, str] = {}
    for pair in header.split(";"):
        name, separator, value = pair.strip().partition("=")
        if separator:
            cookies.setdefault(name, value.strip('"'))
    return cookies


def _joined(cookies: dict[str, str], name: str) -> str:
    chunks = [key for key in cookies if key.startswith(f"{name}.") and key[len(name) + 1 :].isdigit()]
    if not 0 < len(chunks) <= MAX_CHUNKS or any(f"{name}.{index}" not in cookies for index in range(len(chunks))):
        return ""
    return "".join(cookies[f"{name}.{index}"] for index in range(len(chunks)))
