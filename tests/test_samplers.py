"""Every sampler that people can name makes a right picture on the built-in model."""

import json
import re
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline

from diffusion.mini import WEIGHTS
from diffusion.request import Told
from diffusion.samplers import SAMPLERS, sampler, scheduler

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers")


@pytest.fixture(scope="module")
def pipe(one_thread: None) -> StableDiffusionPipeline:
    return StableDiffusionPipeline.from_pretrained(WEIGHTS, dtype=torch.float32, use_safetensors=True)


def picture(pipe: StableDiffusionPipeline, name: str, steps: int, seed: int = 7) -> np.ndarray:
    config = json.loads((WEIGHTS / "scheduler" / "scheduler_config.json").read_text())
    pipe.scheduler = scheduler(name, config, steps)
    generator = torch.Generator("cpu").manual_seed(seed)
    words = "a red circle on a blue background"
    call: Any = pipe
    made = call(words, num_inference_steps=steps, guidance_scale=4.0, generator=generator, output_type="np")
    return made.images[0]


@pytest.mark.parametrize("name", SAMPLERS)
def test_each_one_paints_red_on_blue_in_few_steps(pipe: StableDiffusionPipeline, name: str) -> None:
    values = picture(pipe, name, steps=8)
    red, green, blue = values[..., 0], values[..., 1], values[..., 2]
    is_blue = (blue > 0.5) & (red < 0.4)
    is_red = (red > 0.6) & (green < 0.4) & (blue < 0.4)
    assert is_blue.mean() > 0.6
    assert 0.02 < is_red.mean() < 0.4


def test_no_two_are_the_same(pipe: StableDiffusionPipeline) -> None:
    pictures = {name: picture(pipe, name, steps=4) for name in SAMPLERS if name != "Own"}
    for name, values in pictures.items():
        for other, others in pictures.items():
            assert name == other or np.abs(values - others).max() > 1e-3, f"{name} is {other}"


def test_more_steps_than_lcm_was_made_for(pipe: StableDiffusionPipeline) -> None:
    config = pipe.scheduler.config
    walk = scheduler("LCM", config, 60)
    walk.set_timesteps(60)
    assert len(walk.timesteps) == 60


def test_names_are_found_in_any_case() -> None:
    assert sampler("dpm++ 2m karras").name == "DPM++ 2M Karras"


def test_an_unknown_name_is_told_with_its_neighbours() -> None:
    with pytest.raises(Told, match="“Euler”"):
        sampler("Eular")


def test_the_models_own_scheduler_is_kept_as_it_was_saved() -> None:
    own = {"_class_name": "PNDMScheduler", "beta_schedule": "scaled_linear", "skip_prk_steps": True}
    made = scheduler("Own", own, 4)
    assert (type(made).__name__, made.config.beta_schedule) == ("PNDMScheduler", "scaled_linear")


FLOW = {"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0, "base_shift": 0.7}
SANA = {
    "_class_name": "DPMSolverMultistepScheduler", "use_flow_sigmas": True, "prediction_type": "flow_prediction",
    "flow_shift": 3.0,
}  # fmt: skip
TERMINAL = FLOW | {"use_dynamic_shifting": True, "shift_terminal": 0.02}


@pytest.mark.parametrize("name", ["DDIM", "Heun", "LCM", "DPM++ 2M Karras"])
@pytest.mark.parametrize("config", [FLOW, SANA], ids=["Euler's", "DPM's"])
def test_flow_models_refuse_what_they_cannot_do(config: dict[str, Any], name: str) -> None:
    with pytest.raises(Told, match=rf"sampler {re.escape(name)}; choose (Euler|DPM)"):
        scheduler(name, config, 4)


def test_a_flow_model_keeps_its_own_solver() -> None:
    made = scheduler("DPM++ 2M", SANA, 4)
    assert (made.config.flow_shift, made.config.prediction_type) == (3.0, "flow_prediction")
    assert scheduler("Euler", SANA, 4).config.shift == 3.0


def test_what_pipelines_read_of_a_flow_models_settings_is_kept() -> None:
    assert scheduler("Euler", FLOW, 4).config.base_shift == 0.7
    assert scheduler("UniPC", FLOW, 4).config.base_shift == 0.7


def test_a_flow_that_ends_before_its_first_step_is_told() -> None:
    walk = scheduler("Euler", TERMINAL, 1)
    with pytest.raises(Told, match="two at least"):
        walk.set_timesteps(1, mu=0.7)


@pytest.mark.parametrize(
    ("name", "config"), [("Euler", FLOW), ("UniPC", FLOW), ("UniPC", TERMINAL), ("UniPC", SANA), ("DPM++ 2M", SANA)]
)
def test_a_perfect_flow_comes_where_it_should(name: str, config: dict[str, Any]) -> None:
    """For data around `mean` with deviation 0.5 the whole way is known: it leads from noise to mean + 0.5 noise."""
    walk = scheduler(name, config, 100)
    walk.set_timesteps(100, **({"mu": 0.7} if config is TERMINAL else {}))
    mean, noise = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    latents = noise
    for sigma, timestep in zip(walk.sigmas, walk.timesteps, strict=False):
        clean = mean + (1 - sigma) / 4 / ((1 - sigma) ** 2 / 4 + sigma**2) * (latents - (1 - sigma) * mean)
        latents = walk.step((latents - clean) / sigma, timestep, latents, return_dict=False)[0]
    torch.testing.assert_close(latents, mean + 0.5 * noise, atol=0.08, rtol=0)


def test_a_picture_gets_the_same_noise_from_every_flow_sampler() -> None:
    """What pipelines for flows call to begin from a picture."""
    clean, noise = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    noisy = {}
    for name in ("Euler", "UniPC"):
        walk = scheduler(name, FLOW, 8)
        walk.set_timesteps(8, sigmas=[1 - step / 8 for step in range(8)])
        walk.set_begin_index(3)
        noisy[name] = walk.scale_noise(clean, walk.timesteps[3:4], noise)
    torch.testing.assert_close(noisy["UniPC"], noisy["Euler"])


def test_what_a_pipeline_asks_and_a_scheduler_does_not_know_is_told() -> None:
    walk = scheduler("UniPC", {"_class_name": "DDIMScheduler"}, 4)
    with pytest.raises(Told, match="choose DDIM or Own"):
        walk.set_timesteps(4, original_inference_steps=50)
    walk.set_timesteps(4)
    latents = torch.zeros(1, 4, 8, 8)
    with pytest.raises(Told, match="does not work with the sampler UniPC"):
        walk.step(latents, walk.timesteps[0], latents, generator=torch.Generator())
