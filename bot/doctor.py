"""Looks whether everything that Darkroom needs is there, and says what to mend.

Starts nothing that talks to Discord, makes no picture, and creates no file or folder where none is yet; a database that
is there it brings to its newest form, as a start would.
"""

import errno
import re
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from os import W_OK, X_OK, access, strerror
from pathlib import Path

from huggingface_hub import try_to_load_from_cache
from sqlalchemy.exc import DBAPIError

from bot.config import Config, load
from diffusion.models.loading import find_weights
from diffusion.registry import Hardware, ModelSpec, choose, is_local
from diffusion.request import Told
from diffusion.worker import Worker
from storage.database import file_of, open_database

TOKEN = re.compile(r"[\w-]{20,}\.[\w-]{5,}\.[\w-]{25,}", re.ASCII)
MODEL_INDEX = "model_index.json"


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    says: str
    """What was found, or the mend."""


async def examine(path: Path | None) -> AsyncIterator[Check]:
    """The checks one by one as they are made; without a configuration that can be read, only that one."""
    try:
        config = load(path)
    except Told as told:
        yield Check("configuration", False, str(told))
        return
    yield Check("configuration", True, _file(path))
    for name, check in CHECKS.items():
        try:
            yield Check(name, True, await check(config))
        except Told as told:
            yield Check(name, False, str(told))


async def pictures(config: Config) -> str:
    folder = config.pictures
    if not folder.is_dir():
        _check_room(folder)
        return f"{folder} will be created"
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error
    return str(folder)


async def database(config: Config) -> str:
    file = file_of(config.database_url)
    if file and not file.exists():
        _check_room(file.parent)
        return f"{file} will be created"
    try:
        async with open_database(config.database_url) as opened, opened.writing():
            pass
    except DBAPIError as error:
        raise Told(f"The database cannot be written ({error.orig}); let this user write to it.") from error
    return "opens, is up to date and can be written"


async def models(config: Config) -> str:
    """Only looks for files: a model of the hub that is not here yet is no fault, it comes at its first use."""
    return "; ".join(_model(spec) for spec in config.specs.values())


async def device(config: Config) -> str:
    """Starts the model's process, as the bot would, and asks what it found."""
    async with Worker(config.specs, config.engine.settings) as worker:
        hardware = worker.hardware
    return f"{_named(hardware)}; the default model is {choose(config.specs, config.model, hardware)}"


async def token(config: Config) -> str:
    secret = config.discord_token.get_secret_value()
    if not secret:
        return "none set: `darkroom run` starts the playground"
    if not TOKEN.fullmatch(secret):
        raise Told("DISCORD_TOKEN does not look like a bot's token; copy it anew: Developer Portal, Bot, Reset Token.")
    return "has the form of a bot's token"


async def port(config: Config) -> str:
    host, number = config.playground.host, config.playground.port
    try:
        with socket.create_server((host, number)):
            pass
    except OSError as error:
        raise Told(
            f"{host}:{number} is taken or not of this machine ({error.strerror}); "
            "stop what runs there (another Darkroom?) or set another “port” under [playground]."
        ) from error
    return f"{host}:{number} is free for the playground"


CHECKS: Mapping[str, Callable[[Config], Awaitable[str]]] = {
    "pictures": pictures,
    "database": database,
    "models": models,
    "device": device,
    "token": token,
    "port": port,
}


def _check_room(folder: Path) -> None:
    """`Told` unless a folder that is not there yet, or a file in one that is, could be made."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir():
        raise _unwritable(folder, NotADirectoryError(errno.ENOTDIR, strerror(errno.ENOTDIR)))
    if not access(there, W_OK | X_OK):
        raise _unwritable(folder, PermissionError(errno.EACCES, strerror(errno.EACCES)))


def _unwritable(folder: Path, error: OSError) -> Told:
    return Told(f"{folder} cannot be written ({error.strerror}); set “data” to a folder of yours.")


def _file(path: Path | None) -> str:
    """The rule of `bot.config.load`."""
    chosen = path or Path("config.toml")
    return str(chosen.absolute()) if chosen.is_file() else "the defaults; there is no config.toml in this folder"


def _model(spec: ModelSpec) -> str:
    if is_local(spec):
        find_weights(spec, lambda note: None)
        return f"{spec.name} is here"
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", spec.source):
        raise Told(f"The model “{spec.name}”: there is no folder {spec.source}; name one, or a hub id “owner/name”.")
    cached = try_to_load_from_cache(spec.source, MODEL_INDEX, revision=spec.revision or None)
    return f"{spec.name} is downloaded" if isinstance(cached, str) else f"{spec.name} comes at its first use"


def _named(hardware: Hardware) -> str:
    memory = f", {hardware.memory:.0f} GiB" if hardware.memory else ""
    return f"{hardware.name}{memory}, {hardware.dtype}"
