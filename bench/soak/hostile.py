"""Somebody with a good token who means harm, one attack after the other."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from bench.soak.wire import PING, TEXT, UPGRADE, Closed, Wire, frame, noise

#: An attack that the server has not ended by then has no end.
PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.2
FLOOD = 2000
GIANT = 512 * 1024
PACKETS = ("zzz", "9", "2", "42", "42[", '42["typing_start",{}', "43[", "41/x,", "40{}", "42[5]", "42/x,[1]", "1", "")
POLL = "/socket.io/?EIO=4&transport=polling"


@dataclass
class Hostile:
    """What happens is counted; what must not begins with a `!`."""

    port: int
    token: str
    http: httpx.AsyncClient
    storm: asyncio.Event
    counts: Counter[str]
    #: Nobody reads them, nobody closes them: that is left to the server.
    abandoned: list[Wire] = field(default_factory=list)

    async def live(self) -> None:
        """Attacks as long as there is a storm."""
        names = list(ATTACKS)
        while True:
            random.shuffle(names)
            for name in names:
                await self.storm.wait()
                await self.attack(name)
                await asyncio.sleep(PAUSE_SECONDS)

    async def attack(self, name: str) -> None:
        """One of `ATTACKS`, until the server has ended it."""
        wire = await Wire.open(self.port)
        self.counts[name] += 1
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await ATTACKS[name](self, wire)
                await wire.ends()
        except TimeoutError:
            self.counts[f"! {name}, not ended"] += 1
        except (Closed, OSError):
            pass  # it was quick
        finally:
            if wire not in self.abandoned:
                wire.leave()

    async def frames_of_noise(self, wire: Wire) -> None:
        """No websocket frames."""
        await wire.enter(self.token)
        wire.writer.write(bytes([random.choice((0x01, 0x83, 0xF1, 0xC1)), 0x05]) + noise(4096))

    async def packets_of_noise(self, wire: Wire) -> None:
        """Frames with packets that mean nothing; some are let pass, the last one of them is not."""
        await wire.enter(self.token)
        for packet in (*random.sample(PACKETS, 4), "zzz"):
            wire.say(packet)

    async def announcements(self, wire: Wire) -> None:
        """A packet with a billion attachments to come."""
        await wire.enter(self.token)
        wire.say('451000000000-["send_message",{"_placeholder":true,"num":0}]')

    async def binary(self, wire: Wire) -> None:
        """Attachments of nothing."""
        await wire.enter(self.token)
        wire.writer.write(frame(noise(GIANT // 8), 0x2))

    async def giants(self, wire: Wire) -> None:
        """A frame above every bound, or one that says it will be."""
        await wire.enter(self.token)
        huge = bytes([0x80 | TEXT, 0xFF]) + (2**62).to_bytes(8, "big") + noise(4096)
        wire.writer.write(random.choice((huge, frame(b"4" * GIANT))))

    async def fragments(self, wire: Wire) -> None:
        """A message in pieces without an end."""
        await wire.enter(self.token)
        piece = frame(b"x" * 8192, 0x0)
        wire.writer.write(bytes([TEXT]) + frame(b"42")[1:] + (bytes([0x00]) + piece[1:]) * (GIANT // 8192))

    async def floods(self, wire: Wire) -> None:
        """Pings whose answers nobody reads, and then words without sense, or it would have no end."""
        await wire.enter(self.token)
        wire.writer.write(frame(noise(125), PING) * FLOOD)
        await wire.writer.drain()
        wire.say("zzz")

    async def silence(self, wire: Wire) -> None:
        """A websocket that never says who it is."""
        await wire.upgrade()

    async def half_heads(self, wire: Wire) -> None:
        """A handshake that stops in the middle, until the client itself is tired of it."""
        wire.writer.write(UPGRADE[: random.randrange(len(UPGRADE) - 2)])
        await asyncio.sleep(random.uniform(0, PATIENCE_SECONDS / 2))
        wire.leave()

    async def half_open(self, wire: Wire) -> None:
        """Somebody in their rooms whose machine is gone: no answer to a heartbeat, no end of the connection."""
        await wire.enter(self.token)
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        self.abandoned.append(wire)
        raise Closed(None)

    async def polls(self, wire: Wire) -> None:
        """Long-polling: sessions that do not exist, noise in one that does, which is then abandoned."""
        wire.leave()
        with suppress(httpx.HTTPError):
            await self.http.get(f"{POLL}&sid=nobody")
            await self.http.post(f"{POLL}&sid=nobody", content=noise(256))
            sid = (await self.http.get(POLL)).text[8:].partition('"')[0]
            if random.random() < 0.5:
                await self.http.post(f"{POLL}&sid={sid}", content=f'40{{"token":"{self.token}"}}')
            else:
                await self.http.post(f"{POLL}&sid={sid}", content=noise(64))


Attack = Callable[[Hostile, Wire], Awaitable[None]]
ATTACKS: dict[str, Attack] = {
    "frames of noise": Hostile.frames_of_noise,
    "packets of noise": Hostile.packets_of_noise,
    "giant announcements": Hostile.announcements,
    "binary frames": Hostile.binary,
    "giant frames": Hostile.giants,
    "endless fragments": Hostile.fragments,
    "floods of pings": Hostile.floods,
    "silent websockets": Hostile.silence,
    "half heads": Hostile.half_heads,
    "half-open": Hostile.half_open,
    "garbage polls": Hostile.polls,
}
