"""The doctor finds what is missing, and says the mend."""

import json
import socket
import sqlite3
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import doctor
from bot.__main__ import main
from bot.config import Config, Model, Playground
from diffusion.request import Told
from storage.database import open_database

TOKEN = "MTE5ODYyMjQ4MzQ3MTkyNTI0OA.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs9AAAAAAAAAA"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    (tmp_path / "config.toml").write_text("[playground]\nport = 0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DARKROOM_CONFIG", raising=False)
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    return tmp_path


def config(folder: Path, **values) -> Config:
    return Config().model_copy(update={"data": folder / "data"} | values)


def test_a_sound_installation(folder, capsys):
    before = sorted(folder.rglob("*"))
    with pytest.raises(SystemExit) as left:
        main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    assert left.value.code == 0
    assert [line.split()[:2] for line in lines] == [["ok", name] for name in ("configuration", *doctor.CHECKS)]
    assert [line.endswith(" will be created") for line in lines[1:3]] == [True, True]
    assert sorted(folder.rglob("*")) == before


async def test_what_is_there_is_looked_into(folder):
    there = config(folder)
    there.pictures.mkdir(parents=True)
    async with open_database(there.database_url):
        pass
    assert await doctor.pictures(there) == str(there.pictures)
    assert await doctor.database(there) == "opens, is up to date and can be written"


async def test_a_folder_for_the_database_that_is_a_file(folder):
    (folder / "data").write_text("a file")
    with pytest.raises(Told, match="Not a directory"):
        await doctor.database(config(folder))


def test_a_sick_one_as_json(monkeypatch, capsys):
    monkeypatch.setenv("DISCORD_TOKEN", "forgotten")
    monkeypatch.setenv("DARKROOM_ENGINE__DEVICE", "cuda:63")
    with pytest.raises(SystemExit) as left:
        main(["doctor", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert (left.value.code, answer["ok"]) == (1, False)
    sick = {check["name"]: check["says"] for check in answer["checks"] if not check["ok"]}
    assert sick.keys() == {"device", "token"}
    assert "Developer Portal" in sick["token"]


def test_a_configuration_that_cannot_be_read_is_all_it_says(folder, capsys):
    (folder / "config.toml").write_text("limits = 3")
    with pytest.raises(SystemExit, match="1"):
        main(["doctor"])
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("MEND  configuration  config.toml, line 1")


async def test_a_picture_folder_that_is_none(folder):
    (folder / "data").write_text("a file")
    with pytest.raises(Told, match="set “data” to a folder of yours"):
        await doctor.pictures(config(folder))


async def test_a_database_that_is_none(folder):
    (folder / "notes.db").write_bytes(b"these are words, and no database at all" * 40)
    with pytest.raises(Told, match="check `database`"):
        await doctor.database(config(folder, database="sqlite:///notes.db"))


async def test_a_database_that_another_program_keeps_locked(folder, monkeypatch):
    monkeypatch.setattr("storage.database.PATIENCE", 0.1)
    async with open_database(config(folder).database_url):
        pass
    with sqlite3.connect(folder / "data/darkroom.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Told, match="locked"):
            await doctor.database(config(folder))
    other.close()


@pytest.mark.parametrize(
    ("source", "mend"),
    [
        ("models/none/there", "there is no folder models/none/there"),
        ("/nowhere/at/all", "there is no folder /nowhere/at/all"),
        (".", "no model_index.json"),
    ],
)
async def test_a_model_that_is_not_there(folder, source, mend):
    with pytest.raises(Told, match=mend):
        await doctor.models(config(folder, models={"mine": Model(source=source)}))


async def test_a_model_of_the_hub_may_still_come(folder):
    said = await doctor.models(config(folder, models={"far": Model(source="nobody/nothing-of-that-name")}))
    assert said == "far comes at its first use"


@pytest.mark.parametrize("secret", ["Bot " + TOKEN, TOKEN[:30], f'"{TOKEN}"', "my client secret"])
async def test_a_token_that_is_none(folder, secret):
    with pytest.raises(Told, match="copy it anew"):
        await doctor.token(config(folder, discord_token=SecretStr(secret)))


async def test_a_token_is_never_shown(folder):
    assert TOKEN not in await doctor.token(config(folder, discord_token=SecretStr(TOKEN)))


async def test_a_port_that_is_taken(folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Told, match="set another “port”"):
            await doctor.port(config(folder, playground=Playground(port=port)))
    assert "is free" in await doctor.port(config(folder, playground=Playground(port=port)))
