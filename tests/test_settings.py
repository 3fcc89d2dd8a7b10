"""Settings: small JSON values that a server, a person or the bot keeps."""

import pytest

from storage.database import Database
from storage.settings import Scope, Settings

SNOWFLAKE = 2**63 - 1


@pytest.fixture
def settings(database: Database) -> Settings:
    return Settings(database)


async def test_an_unwritten_setting_is_its_default(settings: Settings) -> None:
    assert await settings.read("guild", 1, "model") is None
    assert await settings.read("guild", 1, "model", "mini") == "mini"


@pytest.mark.parametrize("value", ["é 🎨", 0, False, [1, {"a": None}], 0.1, 2**53 + 1, None])
async def test_a_value_comes_back_as_it_was_written(settings: Settings, value: object) -> None:
    await settings.write("user", SNOWFLAKE, "value", value)
    read = await settings.read("user", SNOWFLAKE, "value", "unwritten")
    assert read == value
    assert type(read) is type(value)


async def test_the_last_one_written_counts(settings: Settings) -> None:
    for model in ("mini", "sdxl"):
        await settings.write("guild", 1, "model", model)
    assert await settings.read("guild", 1, "model") == "sdxl"


async def test_scopes_owners_and_keys_are_apart(settings: Settings) -> None:
    await settings.write("guild", 1, "model", "mini")
    others: list[tuple[Scope, int, str]] = [("user", 1, "model"), ("guild", 2, "model"), ("guild", 1, "steps")]
    for scope, owner, key in others:
        assert await settings.read(scope, owner, key, "untouched") == "untouched"
        await settings.forget(scope, owner, key)
    assert await settings.read("guild", 1, "model") == "mini"


async def test_what_everybody_wrote_under_a_key(settings: Settings) -> None:
    for owner, key, value in ((2, "note", [1]), (1, "note", "a"), (1, "other", "b")):
        await settings.write("user", owner, key, value)
    await settings.write("guild", 3, "note", "c")
    assert await settings.everybody("user", "note") == ["a", [1]]


async def test_forgotten_is_unwritten(settings: Settings) -> None:
    await settings.write("bot", 0, "commands", "digest")
    await settings.forget("bot", 0, "commands")
    await settings.forget("bot", 0, "commands")
    assert await settings.read("bot", 0, "commands", "default") == "default"
