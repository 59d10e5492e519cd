"""Time as the wire shows it: UTC, microseconds, `Z` (ISO 8601)."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """`2026-01-31T09:05:00.000000Z`: always six digits, so that strings sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def from_iso(text: str) -> datetime:
    """The inverse of :func:`iso`. Raises ValueError for anything that is not an aware ISO 8601 time."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


def from_timestamp(seconds: float) -> datetime:
    """Unix seconds (JWT NumericDate, RFC 7519 §2) as an aware time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
