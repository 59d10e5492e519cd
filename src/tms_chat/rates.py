"""The settings of the rate limits, a part of `settings.Settings`."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

from tms_chat.core.limits import Limits, parse_rate
from tms_chat.core.rate import Rate


def _speed(value: Any) -> Any:
    return parse_rate(value) if isinstance(value, str) else value


Speed = Annotated[Rate, NoDecode, BeforeValidator(_speed)]


class RateSettings(BaseSettings):
    """How fast is too fast. A rate is so many in a second, minute or hour, and so many at once: `10/s burst 30`."""

    rate_limits: Literal["on", "off"] = Field("on", description="off counts attempts but refuses none, for load tests.")
    rate_sends: Speed = Field(Rate(30, 3), description="Messages, polls and files one person may send: 10/s burst 30.")
    rate_changes: Speed = Field(
        Rate(30, 3), description="Edits, deletions, reactions, votes, changes of conversations of one person."
    )
    rate_typing: Speed = Field(Rate(5, 5), description="Signs of typing one person may give; more are dropped.")
    rate_searches: Speed = Field(Rate(10, 5), description="Searches and link previews one person may ask for.")
    rate_uploads: Speed = Field(Rate(20, 60), description="Files and pictures one person may upload.")
    rate_handshakes: Speed = Field(Rate(20, 60), description="Sockets one person may open.")
    rate_failed_handshakes: Speed = Field(
        Rate(20, 60), description="Sockets one address may try to open with tokens that are refused."
    )
    rate_address_factor: int = Field(
        10, ge=1, le=1000, description="How many times a person's rate all people of one address have together."
    )

    @property
    def limits(self) -> Limits:
        """New counters with these rates."""
        return Limits(
            {
                "sends": self.rate_sends,
                "changes": self.rate_changes,
                "typing": self.rate_typing,
                "searches": self.rate_searches,
                "uploads": self.rate_uploads,
                "handshakes": self.rate_handshakes,
            },
            failed_handshakes=self.rate_failed_handshakes,
            per_address=self.rate_address_factor,
            enforced=self.rate_limits == "on",
        )
