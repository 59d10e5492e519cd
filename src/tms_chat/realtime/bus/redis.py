"""Redis, when REDIS_URL is set: publish and subscribe on one channel, which is named after the installation, so that
several may share a server. Nothing is stored there, and an empty one is as good as any."""

from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from tms_chat.realtime.bus.lasting import PATIENCE_SECONDS, LastingBus

AT_ONCE: Final = 500
WAIT_SECONDS: Final = 5.0


class RedisBus(LastingBus):
    """`url` as redis-py takes it; `installation` tells those who share the server apart."""

    label = "redis"
    max_bytes = 64_000
    ERRORS = (RedisError, OSError, TimeoutError)

    def __init__(self, url: str, installation: str) -> None:
        super().__init__()
        self._url = url
        self._channel = f"tms-chat:{installation}"

    async def listen(self) -> None:
        """See `LastingBus`."""
        async with self._connect(None) as client, client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(self._channel)
            await client.ping()  # whatever answers this has had time to take the other
            self.is_listening()
            while True:
                message = await channel.get_message(timeout=WAIT_SECONDS)
                if message is not None:
                    self.heard(message["data"])

    async def speak(self) -> None:
        """See `LastingBus`."""
        async with self._connect(PATIENCE_SECONDS) as client:
            while True:
                messages = (await self.news())[:AT_ONCE]
                together = client.pipeline(transaction=False)
                for message in messages:
                    together.publish(self._channel, message)
                await together.execute()
                self.sent(messages)

    def _connect(self, timeout: float | None) -> Redis:
        """Patience is `LastingBus`'s affair: nothing is tried twice in here."""
        return Redis.from_url(
            self._url,
            decode_responses=True,
            socket_connect_timeout=PATIENCE_SECONDS,
            socket_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
        )
