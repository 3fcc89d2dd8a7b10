"""The walls of the house: who may import whom, and that the talking half never loads torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "diffusion", "storage")
LIGHT = {"diffusion.request", "diffusion.registry", "diffusion.samplers", "diffusion.metadata", "diffusion.worker"}
LIGHT |= {"diffusion.settings", "diffusion.cards", "diffusion.demands", "diffusion.pictures.files"}
LANGUAGE = {
    "diffusion.words.language",
    "diffusion.words.emphasis",
    "diffusion.words.loras",
    "diffusion.words.wildcards",
    "diffusion.models.loading",
}
"""The prompt language is read in both halves alike."""
VOCABULARY = {"diffusion.mini", "diffusion.mini.vocabulary", "diffusion.mini.lexicon"}


def imports(path: Path) -> set[str]:
    """The modules of ours that a file names, wherever in it: `from a import b` gives `a` and, if it is one, `a.b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {
                f"{node.module}.{name.name}" if is_module(f"{node.module}.{name.name}") else node.module
                for name in node.names
            }
    return {name for name in found if name.split(".")[0] in ROOMS}


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def files(room: str) -> list[Path]:
    return sorted(path for path in (ROOT / room).rglob("*.py"))


def test_diffusion_knows_nobody() -> None:
    assert not {name for path in files("diffusion") for name in imports(path) if not name.startswith("diffusion")}


def test_storage_knows_only_the_request() -> None:
    known = {name for path in files("storage") for name in imports(path) if not name.startswith("storage")}
    assert known <= {"diffusion.request"}


def test_the_bot_knows_only_the_light_half_of_diffusion() -> None:
    known = {
        name
        for path in files("bot")
        if path.parent.name != "bench"
        for name in imports(path)
        if name.startswith("diffusion")
    }
    assert known <= LIGHT | LANGUAGE | VOCABULARY


def test_the_playground_imports_nothing_of_ours() -> None:
    known = {name for path in files("bot/playground") for name in imports(path)}
    assert {name for name in known if not name.startswith("bot.playground")} == set()


@pytest.mark.parametrize("room", ["bot", "storage"])
def test_a_talking_room_never_loads_torch(room: str) -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in files(room)
        if path.name != "__init__.py" and "migrations/versions" not in path.as_posix() and path.name != "env.py"
    ]
    load = f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
    code = load + "assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=120).returncode == 0


def test_the_hub_knows_no_model() -> None:
    hub = files("diffusion/hub")
    assert {name for path in hub for name in imports(path) if not name.startswith("diffusion.hub")} == set()
    words = "".join(path.read_text("utf-8") for path in hub).lower()
    assert not {word for word in ("diffusers", "transformers", "unet", "scheduler", "pipeline") if word in words}
