"""The fixtures' modules; each stands beside what it stages."""

from pathlib import Path

_PLUGINS = ("playground_fixtures", "databases", "browser", "stage", "studio")
pytest_plugins = [f"tests.{name}" for name in _PLUGINS if (Path(__file__).parent / f"{name}.py").exists()]
