"""The settings of the bus between processes, a part of `settings.Settings`."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

SCHEMES = ("redis", "rediss", "unix")
#: What PostgreSQL calls the connections over which processes hear of each other (pg_stat_activity).
BUS_NAME = "tms-chat-bus"


class BusSettings(BaseSettings):
    """How several processes on one PostgreSQL hear of each other."""

    redis_url: str | None = Field(
        None, repr=False, description="redis://…; processes tell each other over it instead of over PostgreSQL."
    )

    @field_validator("redis_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value.strip())
            port = parts.port
        except ValueError:
            raise ValueError(
                "REDIS_URL cannot be read: percent-encode special characters in the password and check the port"
            ) from None
        if parts.scheme not in SCHEMES or not (parts.hostname or parts.path) or port == 0:
            raise ValueError("REDIS_URL must look like redis://user:password@host:6379/0, rediss:// or unix:///path")
        return value.strip()
