"""Several cards behind one `Backend`: each has a worker of its own, and a request goes where it begins soonest.

Importing it loads no torch. How many cards there are, the first worker says.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from itertools import count
from types import TracebackType
from typing import Self

from diffusion.registry import Hardware, ModelSpec
from diffusion.request import NOTHING, Event, Failed, Pictures, Request
from diffusion.settings import EngineSettings
from diffusion.worker import Worker

LOADING = 3
"""As many requests may be ahead on a card that has the model as loading it on another one, at work, is thought to cost:
it takes time, and those who work there may have to make room."""
LOADING_IDLE = 1
"""The same of a card that has nothing to do. Loading is paid once and the card serves the model from then on, so it
begins with the second request, not when the first card is crowded."""


@dataclass(slots=True, eq=False)
class Card:
    """A worker, and what is known of it from here."""

    worker: Worker
    under_way: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    """The models that it was asked for since its process began; these it may still hold."""
    last: int = 0

    def wait(self, model: str) -> tuple[int, int]:
        """How long a request of that model would have to wait here, to be compared with another card's."""
        if self.asked[model]:
            return self.under_way, self.last
        return self.under_way + (LOADING if self.under_way else LOADING_IDLE), self.last


class Cards:
    """A `Backend` over one worker a card. One worker's death fails only what it had under way."""

    def __init__(self, specs: Mapping[str, ModelSpec], settings: EngineSettings) -> None:
        self._specs = specs
        self._settings = settings
        self._stack = AsyncExitStack()
        self._cards: Sequence[Card] = ()
        self._turns = count(1)

    @property
    def number(self) -> int:
        """How many cards there are, or other places that compute; at least 1."""
        return len(self._cards)

    @property
    def workers(self) -> list[Worker]:
        return [card.worker for card in self._cards]

    @property
    def hardware(self) -> Hardware:
        """The card with the least memory, since any request may come to any card."""
        return min((card.worker.hardware for card in self._cards), key=lambda hardware: hardware.memory)

    async def __aenter__(self) -> Self:
        """`Told` where a card that is named is not there."""
        async with AsyncExitStack() as stack:
            first, *others = self._settings.devices
            workers = [await stack.enter_async_context(self._worker(first))]
            if self._settings.device == "all":
                others = [f"cuda:{index}" for index in range(1, workers[0].hardware.cards)]
            for device in others:
                workers.append(await stack.enter_async_context(self._worker(device)))
            self._cards = [Card(worker) for worker in workers]
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def generate(self, request: Request, pictures: Pictures = NOTHING) -> AsyncGenerator[Event, None]:
        card = min(self._cards, key=lambda card: card.wait(request.model))
        card.under_way, card.last = card.under_way + 1, next(self._turns)
        card.asked[request.model] += 1
        try:
            async with aclosing(card.worker.generate(request, pictures)) as events:
                async for event in events:
                    if isinstance(event, Failed) and event.retry:
                        card.asked.clear()  # its process died, and its models with it
                    yield event
        finally:
            card.under_way -= 1

    def _worker(self, device: str) -> Worker:
        return Worker(self._specs, replace(self._settings, device=device))
