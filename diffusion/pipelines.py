"""The models in memory: each one is loaded once, and every picture gets a pipeline of its own from its shared parts.

Knows diffusers' pipelines by what they take, not by their names.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from inspect import signature
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.auto_pipeline import (
    AutoPipelineForImage2Image,
    AutoPipelineForInpainting,
    AutoPipelineForText2Image,
)
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from diffusion import samplers
from diffusion.fitting import Fitting, fitter
from diffusion.loading import find_weights
from diffusion.preview import LatentColours
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told
from diffusion.sharing import Hub
from diffusion.sources import Sources

SHARED = ("unet", "transformer", "text_encoder", "prior")
"""Parts whose name begins so are shared."""
REMEMBERED = 2**28
"""Bytes of prompts' embeddings that are kept of one text encoder."""


class Task(StrEnum):
    """What a pipeline starts from."""

    TEXT = "text"
    IMAGE = "image"
    INPAINT = "inpaint"

    @classmethod
    def of(cls, request: Request) -> "Task":
        if request.mask or request.frame:
            return cls.INPAINT
        return cls.IMAGE if request.source else cls.TEXT


LACKING = {
    Task.IMAGE: "makes pictures from words only; leave the picture out",
    Task.INPAINT: "cannot paint parts of a picture anew; choose another model",
}


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model."""

    spec: ModelSpec
    templates: Mapping[Task, DiffusionPipeline]
    """The pipelines of what the family can do, over the same parts; from text it always can."""
    colours: LatentColours | None
    """None where the latents have no plain map to colours."""

    def share(self, hub: Hub) -> None:
        """Lets all pictures' calls of its heavy parts meet in the hub."""
        parts: Mapping[str, Any] = self.templates[Task.TEXT].components
        for name, part in parts.items():
            if name.startswith(SHARED) and isinstance(part, torch.nn.Module):
                unet, encoder = isinstance(part, UNet2DConditionModel), name.startswith("text_encoder")
                remember = REMEMBERED if encoder else 0
                hub.share(part, float_timestep=unet, prepare=fitter(part), remember=remember)
        if isinstance(vae := parts.get("vae"), AutoencoderKL):
            hub.share(vae.encoder, prepare=fitter(vae.encoder))
            hub.share(vae.decoder, prepare=fitter(vae.decoder))

    def fitting(self, request: Request) -> Fitting:
        """The state in which a request wants to find the shared parts."""
        return Fitting(tile=request.tile)

    def pipeline(self, request: Request) -> DiffusionPipeline:
        """A pipeline for one picture: the shared parts, and a scheduler and a state of its own."""
        task = Task.of(request)
        template = self.templates.get(task)
        if template is None:
            raise Told(f"The model {self.spec.name} {LACKING[task]}.")
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
    return Model(spec, _templates(from_text), _colours(from_text))


def arguments(pipeline: DiffusionPipeline, request: Request, sources: Sources) -> dict[str, Any]:
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
    if sources.image is not None:
        # one step at least: diffusers rounds steps x strength down
        values |= {"image": sources.image, "strength": max(request.strength, min(1.0, 1.000001 / request.steps))}
    if sources.mask is not None:
        values["mask_image"] = sources.mask
    taken = signature(type(pipeline).__call__).parameters
    return {name: value for name, value in values.items() if name in taken}


def first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]


def _templates(from_text: DiffusionPipeline) -> dict[Task, DiffusionPipeline]:
    templates = {Task.TEXT: from_text}
    for task, kind in ((Task.IMAGE, AutoPipelineForImage2Image), (Task.INPAINT, AutoPipelineForInpainting)):
        with suppress(ValueError):  # the family has none
            templates[task] = kind.from_pipe(from_text)
    return templates


def _colours(from_text: DiffusionPipeline) -> LatentColours | None:
    vae = from_text.components.get("vae")
    return LatentColours.fit(vae) if isinstance(vae, AutoencoderKL) else None
