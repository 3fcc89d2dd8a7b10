"""The whole bot with the real engine and its built-in model: nothing is scripted."""

import io
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.config import Config
from bot.playground import Playground
from bot.playground.attachments import Upload
from diffusion import metadata
from diffusion.request import Request
from diffusion.settings import EngineSettings
from diffusion.worker import Worker
from tests.stage import Stage, files

SLOW = 180.0
"""Seconds for what takes one on a machine that has nothing else to do."""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return Config(data=tmp_path_factory.mktemp("data"))


@pytest.fixture
async def worker(config: Config) -> AsyncIterator[Worker]:
    async with Worker(config.specs, EngineSettings(preview_every=0.5)) as worker:
        yield worker


@pytest.fixture
async def stage(playground: Playground, tmp_path: Path, worker: Worker) -> AsyncIterator[Stage]:
    stage = Stage(playground, tmp_path, worker)
    await stage.start()
    yield stage
    await stage.stop()


async def result(stage: Stage, number: int = 1):
    await stage.until(lambda: len(stage.results()) >= number and not stage.live(), within=SLOW)
    return stage.results()[number - 1]


def carried(stage: Stage, message, number: int = 1) -> Request:
    """The request in the picture itself."""
    request = metadata.read(stage.picture(message, number))
    assert request
    return request


def levels(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture))).astype(int)


async def test_a_picture_of_a_grid_its_variation_and_the_same_one_again(stage: Stage):
    await stage.imagine("Ada", "a red circle on a blue background", count=2, seed=7)
    grid = await result(stage)
    assert len(files(grid)) == 2
    assert carried(stage, grid, 2).seed == 8

    await stage.press("Ada", grid, "V2")
    varied = await result(stage, 2)
    assert carried(stage, varied).variation > 0
    assert carried(stage, varied).seed == 8

    await stage.imagine("Ben", "a red circle on a blue background", count=1, seed=8)
    again = await result(stage, 3)
    alone, among_others = (levels(picture) for picture in (stage.picture(again), stage.picture(grid, 2)))
    assert np.abs(alone - among_others).max() <= 1, "one of a grid is made again alone, but for a rounding"

    sent = Upload("mine.png", stage.picture(again))
    await stage.imagine("Ben", "a green square", count=1, image=sent, strength=0.5)
    assert carried(stage, await result(stage, 4)).strength == 0.5


async def test_it_develops_before_everybodys_eyes(stage: Stage):
    asked = await stage.imagine("Ada", "a yellow star", count=1, steps=150)
    live = stage.answer(asked)
    await stage.until(lambda: "Developing" in live.content and live.attachments, within=SLOW)
    assert stage.picture(live).startswith(b"\xff\xd8"), "a small JPEG"
    pressed = await stage.press("Ada", live, "Cancel")
    assert pressed.original
    await stage.until(lambda: "Cancelled" in live.content)
    assert stage.results() == []


async def test_a_worker_that_is_killed_costs_nobody_a_picture(stage: Stage, worker: Worker):
    asked = await stage.imagine("Ada", "a yellow star", count=1, steps=40)
    live = stage.answer(asked)
    await stage.until(lambda: "Developing" in live.content, within=SLOW)
    os.kill(worker.pid, signal.SIGKILL)
    assert len(files(await result(stage))) == 1
    job = await stage.client.jobs.one(1)
    assert job
    assert job.attempts == 2
