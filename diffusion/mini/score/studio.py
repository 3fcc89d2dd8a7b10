"""Makes pictures with the built-in model through the stock diffusers pipelines, for the score and for sample sheets.

The bot's engine is elsewhere (`diffusion/engine.py`); this is plain diffusers, so that the score measures the weights.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_img2img import StableDiffusionImg2ImgPipeline
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint import StableDiffusionInpaintPipeline
from PIL import Image

from diffusion.mini import WEIGHTS
from diffusion.mini.pixels import pictures, tensor

AT_ONCE = 26
SIDE = 128


@dataclass(frozen=True)
class Studio:
    """The model with the settings of the score."""

    pipeline: Any
    steps: int = 20
    guidance: float = 4.0
    size: tuple[int, int] = (SIDE, SIDE)
    """Width and height in pixels."""

    @classmethod
    def open(cls, weights: Path = WEIGHTS, lora: Path | None = None, **settings: Any) -> "Studio":
        pipeline: Any = StableDiffusionPipeline.from_pretrained(weights, dtype=torch.float32, use_safetensors=True)
        pipeline.set_progress_bar_config(disable=True)
        if lora:
            pipeline.load_lora_weights(str(lora))
        return cls(pipeline, **settings)

    def imagine(self, prompts: Sequence[str], seeds: Sequence[int], negative: Sequence[str] = ()) -> list[Image.Image]:
        """A picture for each prompt with its own seed; the negative prompts are one for each, or none."""
        made: list[Image.Image] = []
        for part in parts(len(prompts)):
            made += self.pipeline(
                list(prompts[part]),
                negative_prompt=list(negative[part]) or None,
                width=self.size[0],
                height=self.size[1],
                **self.settings(seeds[part]),
            ).images
        return made

    def redraw(
        self, prompts: Sequence[str], sources: Sequence[Image.Image], strength: float, seeds: Sequence[int]
    ) -> list[Image.Image]:
        """Image-to-image: each source picture moved towards its prompt."""
        pipeline = self.over_the_same_parts(StableDiffusionImg2ImgPipeline)
        made: list[Image.Image] = []
        for part in parts(len(prompts)):
            asked = {"image": list(sources[part]), "strength": strength, **self.settings(seeds[part])}
            made += pipeline(list(prompts[part]), **asked).images
        return made

    def inpaint(
        self, prompts: Sequence[str], sources: Sequence[Image.Image], mask: Image.Image, seeds: Sequence[int]
    ) -> list[Image.Image]:
        """Each source picture painted anew where the mask is white; no pixels are pasted back afterwards."""
        pipeline = self.over_the_same_parts(StableDiffusionInpaintPipeline)
        made: list[Image.Image] = []
        for part in parts(len(prompts)):
            some = list(sources[part])
            asked = {
                "image": some,
                "mask_image": [mask] * len(some),
                "strength": 1.0,
                "width": self.size[0],
                "height": self.size[1],
            }
            made += pipeline(list(prompts[part]), **asked, **self.settings(seeds[part])).images
        return made

    def over_the_same_parts(self, kind: Any) -> Any:
        pipeline = kind(**self.pipeline.components, requires_safety_checker=False)
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    def seconds(self, prompt: str = "a red circle", tries: int = 3) -> float:
        """For one picture alone, the best of some tries."""
        taken = []
        for seed in range(tries):
            began = time.perf_counter()
            self.imagine([prompt], [seed])
            taken.append(time.perf_counter() - began)
        return min(taken)

    @torch.no_grad()
    def reconstruct(self, sources: Sequence[Image.Image]) -> list[Image.Image]:
        """What the autoencoder alone leaves of the pictures."""
        autoencoder = self.pipeline.vae
        made: list[Image.Image] = []
        for part in parts(len(sources)):
            latents = autoencoder.encode(tensor(sources[part])).latent_dist.mode()
            made += pictures(autoencoder.decode(latents).sample)
        return made

    def settings(self, seeds: Sequence[int]) -> dict[str, Any]:
        return {
            "num_inference_steps": self.steps,
            "guidance_scale": self.guidance,
            "generator": [torch.Generator().manual_seed(seed) for seed in seeds],
        }


def parts(count: int) -> list[slice]:
    return [slice(start, min(start + AT_ONCE, count)) for start in range(0, count, AT_ONCE)]
