"""Random weights have the shape of the published models, and are refused where they are too much."""

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bot.bench.carving import check_room, check_time
from bot.bench.memory import GIB
from bot.bench.people import usual
from bot.bench.plain import Plain
from bot.bench.plan import Plan
from bot.bench.weights import FAMILIES, write
from diffusion.registry import Hardware
from diffusion.request import Told
from diffusion.settings import EngineSettings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers")

CPU, CARD = Hardware(), Hardware(device="cuda", name="NVIDIA H200", memory=140.0, dtype="bfloat16")


@pytest.mark.parametrize(
    ("name", "denoiser", "teraflops"), [("sd15", 859.52e6, 0.80), ("ssd-1b", 1300.2e6, 4.15), ("sdxl", 2567.46e6, 6.76)]
)
def test_a_full_size_model_has_the_published_size_and_work(name, denoiser, teraflops):
    """On the meta device, which knows shapes alone."""
    family = FAMILIES[name]
    with torch.device("meta"):
        pipeline = family.pipeline()
        side = family.spec.size // 8
        latents, words = torch.empty(1, 4, side, side), torch.empty(1, 77, pipeline.unet.config.cross_attention_dim)
        added = {"text_embeds": torch.empty(1, 1280), "time_ids": torch.empty(1, 6)}
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            pipeline.unet(latents, torch.tensor(1), words, added_cond_kwargs=added)
    modules = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    parameters = sum(weights.numel() for module in modules for weights in module.parameters())
    assert sum(weights.numel() for weights in pipeline.unet.parameters()) == pytest.approx(denoiser, rel=1e-4)
    assert counter.get_total_flops() / 1e12 == pytest.approx(teraflops, rel=0.01)
    assert (family.parameters, family.teraflops) == (pytest.approx(parameters / 1e9, rel=0.01), teraflops)


def test_random_weights_are_saved_in_the_dtype_that_is_wanted_and_make_pictures(tmp_path):
    write("mini", tmp_path / "mini", torch.device("cpu"), torch.bfloat16)
    spec = replace(FAMILIES["mini"].spec, source=str(tmp_path / "mini"))
    assert torch.get_default_dtype() == torch.float32
    plain = Plain(spec, EngineSettings(device="cpu", dtype="bfloat16", threads=1))
    guided, unguided = usual(spec, (64, 64), part=0.1), replace(usual(spec, (64, 64), part=0.1), guidance=1.0)
    heun = replace(guided, sampler="Heun", steps=3)
    assert [made.rows for made in plain.develop([guided, unguided, heun])] == [2 * 2, 2, 2 * 5]
    half = sum(file.stat().st_size for file in (tmp_path / "mini" / "unet").glob("*.safetensors"))
    assert half == pytest.approx(2 * FAMILIES["mini"].parameters * 1e9, rel=0.3)


def test_weights_that_do_not_fit_are_refused_with_what_would():
    check_room(FAMILIES["sdxl"], CARD, 100 * GIB, 100 * GIB)
    with pytest.raises(Told, match="sdxl need 36 GiB for both sides, and cpu has 16 free; choose smaller ones"):
        check_room(FAMILIES["sdxl"], CPU, 16 * GIB, 100 * GIB)
    with pytest.raises(Told, match=r"take 6 GiB of the folder for temporary files, which has 2; .* TMPDIR"):
        check_room(FAMILIES["sdxl"], CARD, 100 * GIB, 2 * GIB)


def test_weights_that_would_take_hours_are_refused_before_they_are_made():
    sdxl, quick = FAMILIES["sdxl"], Plan(people=(1,), pictures=2, part=0.2, turns=1)
    check_time(sdxl, ((1024, 1024),), Plan(), rate=790e12)
    check_time(FAMILIES["mini"], ((128, 128),), Plan(), rate=0.1e12)
    check_time(FAMILIES["sd15"], ((128, 128),), quick, rate=0.1e12)
    with pytest.raises(Told, match=r"more than \d+ minutes on this machine; choose a smaller --size, fewer --people"):
        check_time(sdxl, ((1024, 1024),), quick, rate=0.1e12)
