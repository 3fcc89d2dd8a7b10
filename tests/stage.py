"""The whole bot on stage, for tests that read as a story."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground import Playground
from tests.desk import Desk, open_desk


@pytest.fixture
async def desk(playground: Playground, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(playground, tmp_path) as desk:
        yield desk
