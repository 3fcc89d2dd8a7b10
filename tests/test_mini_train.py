"""The training of the built-in model: every stage learns, stops and goes on as if it had never stopped."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from safetensors.torch import load_file

from diffusion.mini import WEIGHTS
from diffusion.mini.judge import trained_judge
from diffusion.mini.train.__main__ import main
from diffusion.mini.train.autoencoder import train_autoencoder, train_decoder
from diffusion.mini.train.config import Config, Data, Stage
from diffusion.mini.train.data import Pictures, draw
from diffusion.mini.train.denoiser import train_denoiser
from diffusion.mini.train.export import export_judge, export_pipeline
from diffusion.mini.train.judge import train_judge
from diffusion.mini.train.loop import Run, pace
from diffusion.mini.train.muon import orthogonal
from diffusion.mini.train.text import train_text
from diffusion.mini.train.tokenizer import train_tokenizer

STEPS = 3
TINY = Stage(STEPS, 2, lr=1e-3, muon_lr=1e-2, warmup=1)
CONFIG = Config(
    data=Data(pictures=12, kept_back=2),
    words=600,
    captions_for_words=200,
    text_width=16,
    text_layers=1,
    unet_widths=(8, 16, 16),
    autoencoder_widths=(8, 8, 8, 8),
    autoencoder=TINY,
    decoder=TINY,
    text=replace(TINY, muon_lr=0),
    denoiser=TINY,
    judge=replace(TINY, muon_lr=0),
)
STAGES: dict[str, Callable[[Config, Run], object]] = {
    "autoencoder": train_autoencoder,
    "decoder": train_decoder,
    "text": train_text,
    "denoiser": train_denoiser,
    "judge": train_judge,
}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Tensors this small are done sooner than a second thread is woken."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of every stage, from the drawn pictures on, without a stop."""
    folder = tmp_path_factory.mktemp("whole")
    train_tokenizer(CONFIG, folder)
    return all_stages(folder)


def all_stages(folder: Path, *stops: int) -> Path:
    draw(folder, CONFIG.data)
    for name, stage in STAGES.items():
        torch.manual_seed(0)
        for stop in (*stops, None):
            stage(CONFIG, Run(folder, torch.device("cpu"), stop_at=stop))
        assert (folder / f"{name}.checkpoint.pt").exists()
    return folder


def test_a_stopped_run_goes_on_as_if_it_had_never_stopped(trained: Path, tmp_path: Path):
    shutil.copytree(trained / "tokenizer", tmp_path / "tokenizer")
    resumed = all_stages(tmp_path, 1)
    for name in STAGES:
        whole, again = (torch.load(folder / f"{name}.checkpoint.pt")["average"] for folder in (trained, resumed))
        for key, value in whole.items():
            torch.testing.assert_close(again[key], value, msg=f"{name}: {key}")


def test_training_changes_what_it_trains(trained: Path):
    for name in STAGES:
        state = torch.load(trained / f"{name}.checkpoint.pt")
        assert state["step"] == STEPS
        assert any((state["module"][key] != state["average"][key]).any() for key in state["module"])


def test_the_decoder_stage_leaves_the_latent_space_alone(trained: Path):
    before = torch.load(trained / "autoencoder.checkpoint.pt")["average"]
    pipeline = StableDiffusionPipeline.from_pretrained(export(trained), dtype=torch.float32)
    after = pipeline.vae.state_dict()
    kept = [key for key in before if key.startswith(("encoder", "quant_conv"))]
    assert all(torch.allclose(after[key], before[key], atol=2e-3) for key in kept)
    assert any((after[key] - before[key]).abs().max() > 2e-3 for key in before if key.startswith("decoder"))


def export(folder: Path) -> Path:
    export_pipeline(CONFIG, folder, folder / "out")
    return folder / "out"


def test_what_is_exported_makes_pictures_and_holds_half_precision_safetensors(trained: Path):
    out = export(trained)
    assert not list(out.rglob("*.bin"))
    for path in out.rglob("*.safetensors"):
        assert {value.dtype for value in load_file(path).values()} <= {torch.float16, torch.int64}
    pipeline: Any = StableDiffusionPipeline.from_pretrained(out, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    (picture,) = pipeline("a red circle", num_inference_steps=2, height=128, width=128).images
    assert picture.size == (128, 128)


def test_an_exported_judge_is_read_again(trained: Path, tmp_path: Path):
    judge = train_judge(CONFIG, Run(trained, torch.device("cpu")))
    assert judge
    export_judge(judge, tmp_path / "judge.safetensors")
    for one, two in zip(judge.parameters(), trained_judge(tmp_path / "judge.safetensors").parameters(), strict=True):
        torch.testing.assert_close(one.float(), two, atol=1e-3, rtol=1e-3)


def test_pictures_kept_back_are_not_trained_on(trained: Path):
    drawn = Pictures.open(trained, CONFIG.data)
    assert max(drawn.choose(1000, torch.Generator().manual_seed(0))) == 9


def test_muon_makes_matrices_orthogonal():
    values = torch.linalg.svdvals(orthogonal(torch.randn(24, 60)))
    assert (values > 0.6).all()
    assert (values < 1.3).all()


def test_the_learning_rate_rises_stays_and_falls():
    stage = Stage(100, 1, lr=1, warmup=10, decay_from=0.5)
    assert [round(pace(step, stage), 2) for step in (0, 9, 50, 75, 99)] == [0.1, 1.0, 1.0, 0.5, 0.02]


def test_start_lays_the_shipped_weights_into_the_folder(tmp_path: Path):
    result = CliRunner().invoke(main, ["--work", str(tmp_path / "run"), "start"])
    assert result.exit_code == 0, result.output
    for path in WEIGHTS.rglob("*.safetensors"):
        assert (tmp_path / "run" / path.relative_to(WEIGHTS)).read_bytes() == path.read_bytes()
