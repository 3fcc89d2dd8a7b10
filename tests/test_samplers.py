"""Every sampler that people can name makes a right picture on the built-in model."""

import json
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
def pipe() -> StableDiffusionPipeline:
    torch.set_num_threads(1)
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
    pictures = {name: picture(pipe, name, steps=4) for name in SAMPLERS}
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


def test_flow_models_refuse_what_they_cannot_do() -> None:
    flow = {"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0}
    assert scheduler("Euler", flow, 4).config.shift == 3.0
    with pytest.raises(Told, match="choose Euler"):
        scheduler("DDIM", flow, 4)


def test_a_flow_model_keeps_its_own_solver() -> None:
    own = {"_class_name": "DPMSolverMultistepScheduler", "use_flow_sigmas": True, "prediction_type": "flow_prediction"}
    made = scheduler("DPM++ 2M", {**own, "flow_shift": 3.0}, 4)
    assert (made.config.flow_shift, made.config.prediction_type) == (3.0, "flow_prediction")
    assert scheduler("Euler", {**own, "flow_shift": 3.0}, 4).config.shift == 3.0
