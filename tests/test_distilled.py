"""A LoRA of a model's entry is in its weights once it is loaded."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from diffusion.mini.score.measure import thing_colour
from diffusion.models.families import Task
from diffusion.models.pipelines import load
from diffusion.registry import ModelSpec
from diffusion.request import Told
from tests.loras import save_lora
from tests.test_speed import drawn
from tests.tiny_models import spec

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


def opened(model: ModelSpec) -> Any:
    return load(model, torch.device("cpu"), torch.float32, lambda note: None).templates[Task.TEXT]


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_it_is_merged_by_its_weight(family: str, folder: Path) -> None:
    plain = spec(family, folder)
    lora = str(save_lora(plain, folder / f"{family}.safetensors", parts=("unet",)))
    by_hand = opened(plain)
    by_hand.load_lora_weights(lora)
    by_hand.set_adapters(["default_0"], [0.5])
    merged = opened(replace(plain, lora=lora, lora_weight=0.5))
    assert not merged.get_active_adapters()
    np.testing.assert_allclose(drawn(merged), drawn(by_hand), atol=1e-4)
    assert np.abs(drawn(merged) - drawn(opened(plain))).max() > 1e-2


@pytest.mark.parametrize(
    ("lora", "words"),
    [("lora.bin", "no safetensors"), ("/nowhere/lora.safetensors", "nowhere"), ("flux.safetensors", "does not fit")],
)
def test_what_is_no_lora_for_it_is_told(lora: str, words: str, folder: Path) -> None:
    if lora.startswith("flux"):
        lora = str(save_lora(spec("flux", folder), folder / lora, parts=("transformer",)))
    with pytest.raises(Told, match=words):
        opened(replace(spec("sd", folder), lora=lora))


def test_the_built_in_model_draws_in_four_steps_what_is_asked() -> None:
    """One noise, three prompts: without its LoRA these few unguided steps give mush."""
    model = ModelSpec(name="mini-turbo", source="builtin", lora="builtin", size=128, guided=False)
    pipeline = opened(model)
    asked = {
        "a red circle, white background": "red",
        "a blue square, yellow background": "blue",
        "a pink heart, grey background": "pink",
    }
    for prompt, colour in asked.items():
        settings: dict[str, Any] = {"num_inference_steps": 4, "guidance_scale": 1.0, "width": 128, "height": 128}
        (picture,) = pipeline(prompt, **settings, generator=torch.Generator().manual_seed(3)).images
        assert thing_colour(picture) == colour
