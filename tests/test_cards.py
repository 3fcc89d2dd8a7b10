"""Two real workers behind one backend: the least loaded one takes a request, and one's death is its own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from diffusion.cards import Card, Cards
from diffusion.registry import Hardware, ModelSpec
from diffusion.request import Event, Failed, Finished, Progress, Request
from diffusion.settings import EngineSettings
from diffusion.worker import Worker

MINI = ModelSpec(name="mini", source="builtin", size=128)
SPECS = {"mini": MINI, "twin": replace(MINI, name="twin")}
REQUEST = Request(
    prompt="a red circle", model="mini", width=64, height=64, steps=2, guidance=1.0, sampler="DDIM", seed=1
)
ENDLESS = replace(REQUEST, steps=1000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cards() -> AsyncIterator[Cards]:
    async with Cards(SPECS, EngineSettings(device="cpu,cpu", threads=1)) as cards:
        yield cards


async def begin(cards: Cards, request: Request) -> Any:
    """A stream that has taken its first step."""
    stream: Any = cards.generate(request)
    async for event in stream:
        if not isinstance(event, Progress) or event.done:
            return stream
    raise AssertionError("the stream ended before it began")


async def last(stream: Any) -> Event:
    return [event async for event in stream][-1]


def under_way(cards: Cards) -> list[int]:
    return [card.under_way for card in cards._cards]


@pytest.mark.asyncio(loop_scope="module")
async def test_there_is_a_process_for_each(cards: Cards) -> None:
    assert cards.number == 2
    assert len({worker.pid for worker in cards.workers}) == 2
    assert cards.hardware.device == "cpu"


@pytest.mark.asyncio(loop_scope="module")
async def test_one_after_another_stay_with_their_model_and_two_at_a_time_use_both_cards(cards: Cards) -> None:
    for _ in range(2):
        async with aclosing(cards.generate(REQUEST)) as stream:
            assert isinstance(await last(stream), Finished)
    assert sorted(card.asked["mini"] for card in cards._cards) == [0, 2]
    streams = [await begin(cards, ENDLESS) for _ in range(2)]
    assert under_way(cards) == [1, 1]  # waiting until more came would leave a card without work for ever
    streams.append(await begin(cards, ENDLESS))
    assert sorted(under_way(cards)) == [1, 2]
    for stream in streams:
        await stream.aclose()
    assert under_way(cards) == [0, 0]


def test_a_model_comes_to_a_card_at_work_with_another_one_only_where_many_wait() -> None:
    first, second = (Card(Worker(SPECS, EngineSettings(device="cpu"))) for _ in range(2))
    first.asked["mini"], second.asked["twin"], second.under_way = 1, 1, 1
    chosen = []
    for first.under_way in range(6):
        chosen.append(min((first, second), key=lambda card: card.wait("mini")) is second)
    assert chosen == [False, False, False, False, False, True]


@pytest.mark.asyncio(loop_scope="module")
async def test_one_that_dies_fails_only_its_own(cards: Cards) -> None:
    ours, theirs = await begin(cards, ENDLESS), await begin(cards, replace(ENDLESS, seed=2))
    assert under_way(cards) == [1, 1]
    dying = cards.workers[0]
    ending = asyncio.create_task(last(ours)), asyncio.create_task(last(theirs))
    os.kill(dying.pid, signal.SIGKILL)
    done, going_on = await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
    failed = done.pop().result()
    assert isinstance(failed, Failed)
    assert failed.retry
    assert len(going_on) == 1
    async with aclosing(cards.generate(REQUEST)) as stream:
        assert isinstance(await last(stream), Finished)
    task = going_on.pop()
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_the_smallest_card_says_what_fits() -> None:
    cards = Cards(SPECS, EngineSettings(device="cuda:0,cuda:1"))
    small, large = Hardware(device="cuda", memory=8), Hardware(device="cuda", memory=24)

    class Known:
        def __init__(self, hardware: Hardware) -> None:
            self.worker = self
            self.hardware = hardware

    cards._cards = [Known(large), Known(small)]  # pyright: ignore[reportAttributeAccessIssue]
    assert cards.hardware is small


@pytest.mark.parametrize(
    ("device", "devices"),
    [("all", ["auto"]), ("cpu", ["cpu"]), ("cuda:0, cuda:1", ["cuda:0", "cuda:1"])],
)
def test_devices_by_themselves(device: str, devices: list[str]) -> None:
    assert EngineSettings(device=device).devices == devices
