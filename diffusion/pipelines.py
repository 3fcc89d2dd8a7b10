"""The models in memory: each one is loaded once, and every picture gets a pipeline of its own from its shared parts.

Knows diffusers' pipelines by what they take, not by their names.
"""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from inspect import signature
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.auto_pipeline import AutoPipelineForImage2Image, AutoPipelineForText2Image
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.utils import logging as diffusers_logging
from PIL import Image
from transformers.utils import logging as transformers_logging

from diffusion import samplers
from diffusion.loading import find_weights
from diffusion.preview import LatentColours
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told
from diffusion.sharing import Hub

SHARED = ("unet", "transformer", "text_encoder", "prior")
"""Parts whose name begins so are shared."""


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model."""

    spec: ModelSpec
    from_text: DiffusionPipeline
    from_image: DiffusionPipeline | None
    """None where the family has no image-to-image."""
    colours: LatentColours | None
    """None where the latents have no plain map to colours."""

    def share(self, hub: Hub) -> None:
        """Lets all pictures' calls of its heavy parts meet in the hub."""
        parts: Mapping[str, Any] = self.from_text.components
        for name, part in parts.items():
            if name.startswith(SHARED) and isinstance(part, torch.nn.Module):
                hub.share(part, float_timestep=isinstance(part, UNet2DConditionModel))
        if isinstance(vae := parts.get("vae"), AutoencoderKL):
            hub.share(vae.decoder)

    def pipeline(self, request: Request, *, image: bool) -> DiffusionPipeline:
        """A pipeline for one picture: the shared parts, and a scheduler and a state of its own."""
        template = self.from_image if image else self.from_text
        if template is None:
            raise Told(f"The model {self.spec.name} makes pictures from words only; leave the picture out.")
        config = template.scheduler.config  # pyright: ignore[reportAttributeAccessIssue]
        pipeline = copy(template)
        pipeline.scheduler = samplers.scheduler(request.sampler, config, request.steps)  # pyright: ignore[reportAttributeAccessIssue]
        return pipeline


def load(spec: ModelSpec, device: torch.device, dtype: torch.dtype, note: Callable[[str], None]) -> Model:
    """Loads a model from where it lies; `note` hears what takes its time. `Told` where it cannot be."""
    note(f"loading {spec.name}")
    folder = find_weights(spec, note)
    note(f"loading {spec.name}")
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    index = DiffusionPipeline.load_config(str(folder))
    left_out = {"safety_checker": None, "requires_safety_checker": False} if "safety_checker" in index else {}
    variant = spec.variant or None
    try:
        from_text = AutoPipelineForText2Image.from_pretrained(
            str(folder), dtype=dtype, use_safetensors=True, variant=variant, local_files_only=True, **left_out
        )
    except (OSError, ValueError) as error:
        raise Told(f"The model {spec.name} cannot be loaded from {folder}: {first_line(error)}") from error
    from_text.to(device)
    return Model(spec, from_text, _image_to_image(from_text), _colours(from_text))


def arguments(pipeline: DiffusionPipeline, request: Request, image: Image.Image | None) -> dict[str, Any]:
    """What a pipeline's call is given for one picture: of everything that the request says, what the pipeline takes."""
    values: dict[str, Any] = {
        "prompt": request.prompt,
        "num_inference_steps": request.steps,
        "guidance_scale": request.guidance,
        "width": request.width,
        "height": request.height,
        "output_type": "np",
    }
    if request.negative:
        values["negative_prompt"] = request.negative
    if image is not None:
        # one step at least: diffusers rounds steps x strength down
        values |= {"image": image, "strength": max(request.strength, min(1.0, 1.000001 / request.steps))}
    taken = signature(type(pipeline).__call__).parameters
    return {name: value for name, value in values.items() if name in taken}


def first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]


def _image_to_image(from_text: DiffusionPipeline) -> DiffusionPipeline | None:
    try:
        return AutoPipelineForImage2Image.from_pipe(from_text)
    except ValueError:  # the family has none
        return None


def _colours(from_text: DiffusionPipeline) -> LatentColours | None:
    vae = from_text.components.get("vae")
    return LatentColours.fit(vae) if isinstance(vae, AutoencoderKL) else None
