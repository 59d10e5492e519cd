"""The settings of the sockets, a part of `settings.Settings`."""

from typing import Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


class SocketSettings(BaseSettings):
    """What one socket may cost."""

    sockets_per_user: int = Field(20, ge=1, description="How many sockets one person may have open at once.")
    socket_compression: Literal["on", "off"] = Field(
        "off", description="on compresses what goes over websockets, where clients can: less traffic for more work."
    )

    @field_validator("socket_compression", mode="before")
    @classmethod
    def _word(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value
