"""What an installation pulls in: exact versions, and never torchvision."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return {canonical(name): version for name, version in (line.split("==") for line in lines if line[0] != "#")}


CARD = {"fp8"}
"""Extras that only a machine with a card installs: pinned, but no part of the environment that is locked."""


def direct() -> dict[str, str]:
    extras = [lines for extra, lines in PROJECT["optional-dependencies"].items() if extra not in CARD]
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    return {canonical(re.sub(r"\[.*\]", "", name)): version for name, version in (line.split("==") for line in lines)}


def test_every_direct_dependency_is_pinned_and_locked_alike() -> None:
    assert direct().items() <= locked().items()


def test_the_environment_is_the_locked_one() -> None:
    installed = {canonical(found.metadata["Name"]): found.version.split("+")[0] for found in distributions()}
    wrong = {
        name: (version, installed.get(name)) for name, version in locked().items() if installed.get(name) != version
    }
    assert not wrong


def test_torchvision_is_never_pulled_in() -> None:
    assert "torchvision" not in locked()
    assert "torchvision" not in {canonical(found.metadata["Name"]) for found in distributions()}
