"""The settings of the processes, a part of `settings.Settings`."""

from pydantic import Field
from pydantic_settings import BaseSettings

MOST_WORKERS = 64


class WorkerSettings(BaseSettings):
    """How many processes serve."""

    workers: int = Field(1, ge=1, le=MOST_WORKERS, description="Processes that serve together; more need PostgreSQL.")
