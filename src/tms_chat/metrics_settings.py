"""The settings of `/metrics`, a part of `settings.Settings`."""

from typing import Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


class MetricsSettings(BaseSettings):
    """Whether a monitoring system may read figures here."""

    metrics: Literal["on", "off"] = Field("off", description="on serves figures of this process at /metrics.")
    metrics_token: str | None = Field(
        None, min_length=16, description="The bearer token that /metrics asks for; without one it asks for none."
    )

    @field_validator("metrics", mode="before")
    @classmethod
    def _switch(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value
