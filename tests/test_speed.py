"""What makes a model faster leaves its pictures as they are, and what cannot be had is told."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.pipeline_utils import DiffusionPipeline

from diffusion.engine import Engine
from diffusion.hub.sharing import Hub
from diffusion.models.families import Task
from diffusion.models.pipelines import load
from diffusion.models.speed import denoisers, order_channels_last, quicken
from diffusion.models.warmup import Warmups, counts
from diffusion.request import Failed, Finished, Progress, Request, Told
from diffusion.settings import EngineSettings
from tests.test_full_memory import finish, picture
from tests.tiny_models import spec

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
CPU = torch.device("cpu")
compiler = pytest.mark.skipif(not shutil.which("g++"), reason="torch.compile needs a C++ compiler, g++, for the CPU")


def drawn(pipeline: Any, rows: int = 1) -> np.ndarray:
    pipeline.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        return pipeline(
            "a red circle", width=32, height=32, num_inference_steps=3, output_type="np", num_images_per_prompt=rows,
            generator=[torch.Generator("cpu").manual_seed(seed) for seed in range(rows)],
        ).images  # fmt: skip


def opened(family: str, folder: Path) -> Any:
    return load(spec(family, folder), CPU, torch.float32, lambda note: None).templates[Task.TEXT]


@pytest.mark.parametrize("family", ["sd", "sdxl", "flux"])
def test_fused_projections_draw_the_same(family: str, folder: Path) -> None:
    pipeline = opened(family, folder)
    before = drawn(pipeline)
    quicken(pipeline, CPU, EngineSettings(fuse=True))
    assert any(hasattr(module, "to_qkv") for part in denoisers(pipeline) for module in part.modules())
    np.testing.assert_allclose(drawn(pipeline), before, atol=1e-3)


def test_channels_last_draws_the_same(folder: Path) -> None:
    pipeline = opened("sd", folder)
    before = drawn(pipeline)
    order_channels_last(pipeline)
    assert pipeline.unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    assert pipeline.vae.decoder.conv_in.weight.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(drawn(pipeline), before, atol=1e-3)


@compiler
@pytest.mark.parametrize("family", ["sd", "flux"])
def test_compiled_regions_draw_the_same(family: str, folder: Path) -> None:
    pipeline = opened(family, folder)
    before = drawn(pipeline)
    quicken(pipeline, CPU, EngineSettings(compile="regional"))
    torch._dynamo.utils.counters.clear()
    np.testing.assert_allclose(drawn(pipeline), before, atol=1e-3)
    assert torch._dynamo.utils.counters["stats"]["calls_captured"] > 0


def ask(**values: Any) -> Request:
    usual = {"prompt": "a red circle", "width": 32, "height": 32, "steps": 3, "guidance": 3.0, "sampler": "DDIM"}
    return Request(**{**usual, "model": "sd", "seed": 7, **values})


def test_a_wholly_compiled_model_is_warmed_up_with_notes_and_shared_as_ever(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_for = partial(torch.compile, backend="eager")  # traced as ever, but no machine code, which takes minutes
    monkeypatch.setattr(
        "diffusion.models.speed.torch.compile", lambda forward, **_: compile_for(forward, dynamic=False)
    )
    pictures = []
    for compile in ("off", "full"):
        engine = Engine({"sd": spec("sd", folder)}, EngineSettings(device="cpu", compile=compile, rows=4))
        for seed in (7, 8):
            engine.admit(seed, ask(seed=seed))
        events = finish(engine)
        pictures.append([picture(events[seed]) for seed in (7, 8)])
    notes = [event.note for event in events[7] if isinstance(event, Progress) and event.note]
    assert notes[-2:] == ["compiling sd: 1 of 2", "compiling sd: 2 of 2"]
    for plain, compiled in zip(*pictures, strict=True):
        assert np.abs(plain - compiled).max() <= 1


def test_one_that_cannot_be_compiled_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no compiler is here")

    monkeypatch.setattr("diffusion.models.speed.torch.compile", lambda forward, **_: broken)
    engine = Engine({"sd": spec("sd", folder)}, EngineSettings(device="cpu", compile="full", rows=2))
    engine.admit("one", ask())
    last = finish(engine)["one"][-1]
    assert isinstance(last, Failed)
    assert 'compile = "off"' in last.reason


def test_warming_up_asks_nothing_of_the_entrys_default_sampler(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diffusion.models.speed.torch.compile", lambda forward, **_: forward)
    unfit = replace(spec("flux", folder), sampler="DDIM")  # which no flow-matching model walks by
    engine = Engine({"flux": unfit}, EngineSettings(device="cpu", compile="full", rows=2))
    engine.admit("fit", ask(model="flux", sampler="Own"))
    engine.admit("unfit", ask(model="flux", sampler="DDIM"))
    events = finish(engine)
    assert isinstance(events["fit"][-1], Finished)
    last = events["unfit"][-1]
    assert isinstance(last, Failed)
    assert last.told


def test_what_fails_before_the_first_step_of_a_warm_up_is_its_models_own(folder: Path) -> None:
    model = load(spec("sd", folder), CPU, torch.float32, lambda note: None)
    bare = replace(model, templates={Task.TEXT: DiffusionPipeline()})  # no scheduler can be had of it
    warmups = Warmups(Hub(4), (1, 2), perf_counter)
    warmups.add(bare)
    warmups.move()
    with pytest.raises(Told, match="could not be compiled"):
        warmups.ended(bare)
    warmups.add(model)  # it came anew
    assert not warmups.ended(model)


def test_how_many_are_warmed_up() -> None:
    assert counts("off", 16) == ()
    assert counts("regional", 16) == (1, 2)
    assert counts("full", 16) == (1, 2, 4, 8)


def test_attention_is_chosen_by_name(folder: Path) -> None:
    pipeline = opened("flux", folder)
    before = drawn(pipeline)
    quicken(pipeline, CPU, EngineSettings(attention="_native_math"))
    np.testing.assert_allclose(drawn(pipeline), before, atol=1e-3)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (EngineSettings(attention="flesh"), "There is no attention “flesh”"),
        (EngineSettings(attention="flash"), "cannot be had here"),
        (EngineSettings(fp8=True), "multiplies in FP8"),
    ],
)
def test_what_cannot_be_had_is_told(settings: EngineSettings, words: str, folder: Path) -> None:
    with pytest.raises(Told, match=words):
        quicken(opened("flux", folder), CPU, settings)


def test_a_plain_engine_warms_nothing_up(folder: Path) -> None:
    engine = Engine({"sd": spec("sd", folder)}, EngineSettings(device="cpu"))
    engine.admit("one", ask(steps=1, guidance=1.0))
    events = finish(engine)["one"]
    assert isinstance(events[-1], Finished)
    assert engine.hub.forwards <= 3
