"""A playground for each test, whose every request is judged by Discord's OpenAPI document where that is present."""

import pytest

from bot.playground import Playground, Rules, World
from tests.openapi import DOCUMENT, Document, Judge

BAD_FORM = 50035


@pytest.fixture(scope="session")
def discord_document() -> Document | None:
    """Discord's own description of its API; None where the file is not there (a test says so by being skipped)."""
    return Document() if DOCUMENT.exists() else None


@pytest.fixture
def rules() -> Rules:
    """As on Discord; a module with other rules overrides this."""
    return Rules()


@pytest.fixture
def world_path(tmp_path):
    return tmp_path / "playground.sqlite3"


@pytest.fixture
async def world(world_path, rules):
    world = World(world_path, rules=rules)
    yield world
    world.close()


@pytest.fixture
async def playground(world, discord_document):
    """Serves `world`. Ends with a failure if a request was made that Discord's document forbids, or that the playground
    itself refused as a bad form; a test that makes one on purpose takes it out of `playground.refused`.
    """
    judge = Judge(discord_document) if discord_document else None
    async with Playground(world) as playground:
        if judge:
            playground.observers.append(judge)
        yield playground
    if judge:
        assert not judge.violations, "Discord's OpenAPI document forbids this"
    assert not [refusal for refusal in playground.refused if refusal.code == BAD_FORM], "Discord refuses such a form"
