"""config.toml: every key means something, and a wrong one is told with its line."""

import ast
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.config import FOLDERS, REASONS, Config, Limits, load
from diffusion.registry import Control
from diffusion.request import Told

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from os import environ

    for name in [name for name in environ if name.startswith("DARKROOM_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_file_says_the_defaults() -> None:
    shipped, plain = load(ROOT / "config.toml"), Config()
    beside = {name: ROOT / name for name in FOLDERS}
    engine = plain.engine.model_copy(update=beside)
    assert (shipped.limits, shipped.engine, shipped.playground) == (plain.limits, engine, plain.playground)
    assert next(iter(shipped.models)) == "mini"
    assert {name: shipped.models[name] for name in plain.models} == plain.models
    assert list(plain.models) == ["mini", "mini-turbo"]
    assert shipped.data == ROOT / "data"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1", "line 1: there is no setting “x”"),
        ("[engine]\n\njobs = 0", "line 3: engine.jobs = 0 does not fit"),
        ('[models.mini]\nsource = "builtin"\n# a remark\nsise = 3', "line 4: there is no setting “models.mini.sise”"),
        (
            'model = "auto"\n[engine]\ndevice = "gpu"',
            'line 3: engine.device = \'gpu\' does not fit: it is "auto", "cpu"',
        ),
        ("[limits]\ncount = 9", "line 2: limits.count = 9 does not fit: it is at most 4."),
        ('[limits]\nsteps = "many"', "line 2: limits.steps = 'many' does not fit: it is a whole number."),
        ("[limits]\nsteps = 2.5", "limits.steps = 2.5 does not fit: it is a whole number."),
        ('[engine]\npreview_every = "often"', "engine.preview_every = 'often' does not fit: it is a number."),
        ("[engine]\npreview_every = 0.1", "engine.preview_every = 0.1 does not fit: it is at least 0.5."),
        ('[engine]\nfuse = "perhaps"', "engine.fuse = 'perhaps' does not fit: it is true or false."),
        ('[engine]\ndtype = "int8"', "'int8' does not fit: it is 'auto', 'float32', 'float16' or 'bfloat16'."),
        ("model = 3", "line 1: model = 3 does not fit: it is text in quotes."),
        ("data = 3", "line 1: data = 3 does not fit: it is text in quotes."),
        ("limits = 3", "line 1: limits = 3 does not fit: it is a table of settings."),
        ("[models.a]\nsize = 512", "line 1: “models.a.source” is missing; set it."),
        ('[models.a]\nsource = ""', "line 2: models.a.source = '' does not fit: it is empty."),
        ('[models.a]\nsource = "x"\nlora_weight = 0', "models.a.lora_weight = 0 does not fit: it is above 0."),
        ("[models]", "at least 1 item"),
        ('[models.a]\nsource = "x"\ncontrols = {blend = "y"}', "line 3: models.a.controls"),
        ('[models.a]\nsource = "x"\ncontrols = {canny = {sauce = "y"}}', "models.a.controls.canny.source"),
        ('[models.a]\nsource = "x"\n[models.a.ip_adapter]\nsource = "y"', "line 3: models.a.ip_adapter"),
        (
            '[models.a]\nsource = "x"\nsampler = "Oiler"',
            "line 3: models.a.sampler = 'Oiler' does not fit: it is one of Euler, Euler a, DDIM",
        ),
        ("a =", "not valid TOML"),
        ('discord_token = "x"', "keep it in the environment variable DISCORD_TOKEN"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(Told) as told:
        load(written(tmp_path, text))
    assert words in str(told.value)


def test_no_refusal_names_a_file_that_another_one_may_stand_for() -> None:
    """With --config it has any name; only `load` knows which."""
    for path in [path for room in ("bot", "diffusion", "storage") for path in (ROOT / room).rglob("*.py")]:
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        refusals = [ast.unparse(call) for call in calls if ast.unparse(call.func) == "Told"]
        assert not [words for words in refusals if "config.toml" in words], path


def test_no_reason_speaks_of_input() -> None:
    """Every kind of value that a setting has is known by name."""
    for name in ("model", "data", "database", "limits", "engine", "playground", "models"):
        with pytest.raises(ValidationError) as refused:
            Config(**{name: 3})  # pyright: ignore[reportArgumentType]
        assert all(error["type"] in REASONS for error in refused.value.errors()), name


def test_a_sampler_may_be_in_any_case(tmp_path: Path) -> None:
    config = load(written(tmp_path, '[models.a]\nsource = "x"\nsampler = "euler A"'))
    assert config.specs["a"].sampler == "Euler a"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Told, match="There is no configuration file"):
        load(tmp_path / "nothing.toml")


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_LIMITS__STEPS", "50")
    limits = load(written(tmp_path, "[limits]\nsteps = 40\ncount = 2")).limits
    assert limits == Limits(steps=50, count=2)


@pytest.mark.parametrize("name", ["DARKROOM_LIMITZ__STEPS", "DARKROOM_LIMITS__STEP"])
def test_a_mistyped_variable_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "50")
    with pytest.raises(Told, match=name):
        load()


def test_the_token_comes_from_the_environment_and_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a.secret.token")
    config = load()
    assert config.discord_token.get_secret_value() == "a.secret.token"
    assert "secret.token" not in repr(config)


def test_a_relative_data_folder_is_beside_the_file(tmp_path: Path) -> None:
    config = load(written(tmp_path, 'data = "here"'))
    assert config.pictures == tmp_path / "here" / "pictures"
    assert config.database_url == f"sqlite+aiosqlite:///{tmp_path / 'here' / 'darkroom.db'}"


def test_a_control_is_named_by_its_source_or_with_its_estimator(tmp_path: Path) -> None:
    text = '[models.a]\nsource = "x"\n[models.a.controls]\ncanny = "y"\ndepth = {source = "z", estimator = "e"}'
    controls = load(written(tmp_path, text)).specs["a"].controls
    assert controls == {"canny": Control(source="y"), "depth": Control(source="z", estimator="e")}


def test_relative_folders_are_beside_the_file(tmp_path: Path) -> None:
    settings = load(written(tmp_path, '[engine]\nloras = "styles"\nwildcards = "/srv/wildcards"')).engine.settings
    assert settings.loras == str(tmp_path / "styles")
    assert settings.embeddings == str(tmp_path / "embeddings")
    assert settings.wildcards == "/srv/wildcards"
