"""The fixtures' modules; each stands beside what it stages."""

from pathlib import Path

import pytest

pytest_plugins = [
    "tests.playground_fixtures",
    "tests.databases",
    "tests.browser",
    "tests.model_fixtures",
    "tests.stage",
    "tests.studio",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshot", type=Path, help="where the browser's journey keeps its picture for the README")
    parser.addoption("--write-families", action="store_true", help="write what is proved into the README's table")
