"""The one who is removed and added again, to see whether anything reaches somebody who is no member."""

import asyncio
import random
import time
from typing import Final

from tms_chat.verify.api import Api, Failed
from tms_chat.verify.history import Client

LONGEST_STAY: Final = 2.0
STAYS: Final = 8  # in a run at least, half of them inside


class Guest:
    """`keeper` removes and adds; `clients` are the devices of the guest, whose first writes down what could be read."""

    def __init__(self, keeper: Api, guest: Api, conversation_id: str) -> None:
        self.clients: list[Client] = []
        self._keeper = keeper
        self._guest = guest
        self._conversation_id = conversation_id

    async def come_and_go(self, until: float) -> None:
        """Until then (monotonic); a member at the end, if the server lets it."""
        stay = min(LONGEST_STAY, (until - time.monotonic()) / STAYS)
        members = f"/conversations/{self._conversation_id}/members"
        user_id = self._guest.person.user_id
        while time.monotonic() < until:
            await asyncio.sleep(stay * random.uniform(0.5, 1.5))
            removed = await self._keeper.ask("DELETE", f"{members}/{user_id}")
            if removed.is_success:
                await self._try_to_read()
            await asyncio.sleep(stay * random.uniform(0.5, 1.5))
            await self._keeper.ask("POST", members, {"user_ids": [user_id]})

    async def _try_to_read(self) -> None:
        """Nothing of it is there for somebody who is out."""
        here = self._conversation_id
        for what, path in (
            ("the history", f"/messages/conversations/{here}/messages"),
            ("the conversation", f"/conversations/{here}"),
            ("the journal", f"/conversations/{here}/events?after=0"),
        ):
            try:
                answer = await self._guest.ask("GET", path)
            except Failed:
                continue
            if answer.is_success:
                self.clients[0].intrusions.append(f"{what} over REST")
