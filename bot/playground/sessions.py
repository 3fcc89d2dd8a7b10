"""A gateway session: the numbered events for one bot, kept for a resume. Knows no WebSocket."""

import asyncio
import json
import secrets
from collections import deque
from typing import Any

from bot.playground.dispatches import Dispatch, dispatch
from bot.playground.events import Event
from bot.playground.world import World

KEPT = 1000


class Session:
    """Outlives its connections; `outbox` is that of the connection it has now."""

    def __init__(self, world: World, intents: int, token: str, shard: list[int]):
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.token = token
        self.shard = shard
        self.outbox: asyncio.Queue[str] | None = None
        self.expiry: asyncio.TimerHandle | None = None
        self._world = world
        self._sequence = 0
        self._sent: deque[tuple[int, str]] = deque(maxlen=KEPT)
        world.listen(self._hear)

    def close(self) -> None:
        self._world.unlisten(self._hear)
        self._stay()

    def _stay(self) -> None:
        if self.expiry:
            self.expiry.cancel()

    def _hear(self, event: Event) -> None:
        told = dispatch(self._world, event, self.intents)
        if told:
            self.dispatch(told)

    def dispatch(self, told: Dispatch) -> None:
        """Numbers an event and sends it, now or when the bot resumes."""
        name, data = told
        self._sequence += 1
        frame = json.dumps({"op": 0, "s": self._sequence, "t": name, "d": data})
        self._sent.append((self._sequence, frame))
        if self.outbox is not None:
            self.outbox.put_nowait(frame)

    def resumable(self, sequence: Any) -> bool:
        """Whether everything after that number is still kept."""
        if not isinstance(sequence, int) or not 0 <= sequence <= self._sequence:
            return False
        oldest = self._sent[0][0] if self._sent else self._sequence + 1
        return sequence >= oldest - 1

    def resume(self, sequence: int, outbox: asyncio.Queue[str]) -> None:
        """Sends again what the bot has missed, then goes on with the new connection."""
        for number, frame in self._sent:
            if number > sequence:
                outbox.put_nowait(frame)
        self._stay()
        self.outbox = outbox
        self.dispatch(("RESUMED", {}))
