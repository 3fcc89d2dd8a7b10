"""Going on from the shipped weights, and from a stage that has learned anew."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny
from safetensors.torch import load_file

from diffusion.mini import JUDGE, TURBO, WEIGHTS
from diffusion.mini.train.__main__ import AFTER, STAGES, main
from diffusion.mini.train.judge import FILE
from diffusion.mini.train.turbo import BEFORE

pytestmark = pytest.mark.usefixtures("one_thread")

BRIEF = "steps = 1\nbatch = 1\nlr = 1e-4"
RECIPE = f"""
[data]
buckets = [{{ width = 64, height = 64, pictures = 6 }}]
words = 10
lessons = 4
kept_back = 2
[autoencoder]
{BRIEF}
[decoder]
{BRIEF}
[preview]
{BRIEF}
[text]
{BRIEF}
[denoiser]
{BRIEF}
[turbo]
{BRIEF}
trajectories = 1
trajectories_at_once = 1
teacher_steps = 4
[judge]
{BRIEF}
[recipes.brief]
"""


def command(folder: Path, *arguments: str) -> Result:
    file = folder.parent / "brief.toml"
    file.write_text(RECIPE, "utf-8")
    return CliRunner().invoke(
        main, ["--work", str(folder), "--file", str(file), "--recipe", "brief", "--device", "cpu", *arguments]
    )


@pytest.fixture(scope="module")
def further(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped weights, one step further."""
    folder = tmp_path_factory.mktemp("further") / "run"
    for arguments in (["start"], ["all", "--out", str(folder / "shipped")]):
        result = command(folder, *arguments)
        assert result.exit_code == 0, result.output
    for name in ("tokenizer", "autoencoder", "decoder", "preview", "text", "judge"):
        assert f"{name}: done before." in result.output
    return folder


def test_start_lays_the_shipped_weights_into_the_folder(tmp_path: Path):
    folder = tmp_path / "run"
    assert command(folder, "start").exit_code == 0
    for path in WEIGHTS.rglob("*.safetensors"):
        assert (folder / path.relative_to(WEIGHTS)).read_bytes() == path.read_bytes()
    assert (folder / BEFORE).read_bytes() == TURBO.read_bytes()
    assert (folder / FILE).read_bytes() == JUDGE.read_bytes()


def test_start_does_not_write_over_a_model(tmp_path: Path):
    (tmp_path / "run" / "unet").mkdir(parents=True)
    result = command(tmp_path / "run", "start")
    assert result.exit_code == 2
    assert "has a model of its own, which would be lost; name another folder with --work." in result.output


def test_what_goes_on_keeps_all_but_the_denoiser_its_words_and_the_few_steps(further: Path):
    out = further / "shipped"
    for part in ("unet", "text_encoder", "vae", "preview"):
        (before,), (after,) = ((folder / part).glob("*.safetensors") for folder in (WEIGHTS, out / "weights"))
        alike = before.read_bytes() == after.read_bytes()
        assert alike == (part in ("vae", "preview")), part
    assert (out / "judge.safetensors").read_bytes() == JUDGE.read_bytes()
    few = load_file(out / TURBO.parent.name / TURBO.name)
    for name, value in load_file(TURBO).items():
        difference = (few[name].float() - value.float()).abs().max()
        assert difference < 0.01, name


def test_what_is_exported_is_read_without_a_warning(further: Path, caplog: pytest.LogCaptureFixture):
    AutoencoderTiny.from_pretrained(further / "shipped" / "weights" / "preview")
    assert not caplog.records


def test_what_is_exported_names_no_folder_of_the_machine(further: Path):
    for folder in (further / "shipped", WEIGHTS):
        assert not any(b"_name_or_path" in path.read_bytes() for path in folder.rglob("*.json"))


def test_what_was_made_of_a_stage_begins_anew_when_that_has_learned_on(further: Path, tmp_path: Path):
    folder = tmp_path / "run"
    shutil.copytree(further, folder)
    (folder / "denoiser.json").unlink()
    (folder / "denoiser.checkpoint.pt").unlink()
    assert "turbo: done before." in command(folder, "turbo").output
    result = command(folder, "denoiser")
    assert "turbo: begins anew, for it was made of what “denoiser” has just replaced." in result.output
    assert not (folder / "turbo.checkpoint.pt").exists()
    assert "turbo: done before." not in command(folder, "turbo").output
    assert (folder / "turbo.checkpoint.pt").exists()


def test_nothing_is_forgotten_that_comes_before_or_was_never_begun():
    order = list(STAGES)
    for name, later in AFTER.items():
        assert all(order.index(name) < order.index(one) for one in later)


def test_the_export_says_what_is_not_at_its_end_and_what_does_not_fit(further: Path, tmp_path: Path):
    folder = tmp_path / "run"
    shutil.copytree(further, folder)
    places = [f"--{name}" for name in ("out", "turbo", "judge")]
    ours = [str(tmp_path / name) for name in ("weights", TURBO.name, "judge.safetensors")]
    arguments = [word for pair in zip(places, ours, strict=True) for word in pair]
    told = command(folder, "export", *arguments).output
    assert "not at its end" not in told
    assert "does not fit" not in told
    (folder / "denoiser.json").unlink()
    shutil.rmtree(folder / "turbo")
    told = command(folder, "export", *arguments).output
    assert "“denoiser” is not at its end; what is exported is from before it." in told
    assert f"{TURBO.name} was made of other weights and does not fit these; run “turbo”, and export again." in told
    for part in ("unet", "text_encoder"):
        shutil.copytree(WEIGHTS / part, folder / part, dirs_exist_ok=True)
    assert "does not fit" not in command(folder, "export", *arguments).output
