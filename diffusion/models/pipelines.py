"""The models in memory: each one is loaded once, and every picture gets a pipeline of its own from its shared parts.

Knows where their parts are; how the families differ, `families` knows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from diffusion import samplers
from diffusion.hub.sharing import Hub
from diffusion.models import offload
from diffusion.models.autoencoders import settle_autoencoder, steady_autoencoder, yield_autoencoder
from diffusion.models.checkpoints import open_checkpoint
from diffusion.models.distilled import merge_lora
from diffusion.models.families import Task, arguments, class_from_text, heavy, keep_settings, masked, own, templates
from diffusion.models.fitting import Fitting, fitter
from diffusion.models.loading import find_checkpoint, find_weights
from diffusion.models.offload import Yard
from diffusion.models.reading import check_whole, reading
from diffusion.models.speed import buckets, quicken
from diffusion.pictures.blending import blend
from diffusion.pictures.controls import Controls
from diffusion.pictures.image_prompt import ImagePrompts
from diffusion.pictures.light_decoder import LightDecoder
from diffusion.pictures.preview import LatentColours
from diffusion.pictures.sources import Sources
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told
from diffusion.settings import EngineSettings
from diffusion.words.extras import Extras, Script

PLAIN = EngineSettings()
REMEMBERED = 2**28
"""Bytes of prompts' embeddings that are kept of one text encoder."""
AUTOENCODER = 4.0
"""What a picture costs in an autoencoder, in rows of the denoiser: many at once would keep everybody's step waiting."""


LACKING = {
    Task.TEXT: "goes on with pictures only; send one along, or choose another model",
    Task.IMAGE: "makes pictures from words only; leave the picture out",
    Task.INPAINT: "cannot paint parts of a picture anew; choose another model",
}
ONLY_PARTS = "paints only parts of a picture anew; send a picture and a mask, or choose another model"
"""Of one whose denoiser sees the mask."""
NO_TILE = "cannot tile; leave `tile` out, or choose a model of the families of Stable Diffusion 1.x or XL"


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model."""

    spec: ModelSpec
    templates: Mapping[Task, DiffusionPipeline]
    """The pipelines of what it can do, one at least, all over the same parts."""
    previewer: LightDecoder | LatentColours | None
    """What previews are made with; None where the latents have no plain map to colours and no decoder lies beside."""
    extras: Extras
    """The owner's LoRAs and embeddings for it."""
    controls: Controls
    image_prompts: ImagePrompts | None = None
    slim: bool = False
    """Whether only the denoiser stays on the card."""
    buckets: tuple[int, ...] = ()
    """The numbers of rows that the denoiser runs with; nothing where any is as good."""

    @property
    def holder(self) -> DiffusionPipeline:
        """One with all its parts."""
        return next(iter(self.templates.values()))

    def share(self, hub: Hub) -> None:
        """Lets all pictures' calls of its heavy parts meet in the hub."""
        for name, part in heavy(self.holder):
            unet, encoder = isinstance(part, UNet2DConditionModel), "text_encoder" in name
            weight = 0.0 if encoder else AUTOENCODER if "." in name else 1.0
            hub.share(
                part,
                float_timestep=unet,
                prepare=fitter(part, self.extras.adapters, self.image_prompts if name == "unet" else None),
                remember=REMEMBERED if encoder else 0,
                weight=weight,
                buckets=self.buckets if weight == 1 else (),
                padded=masked(part),
            )
        self.controls.share(hub, self.extras.adapters)
        if self.image_prompts:
            self.image_prompts.share(hub)

    def fitting(self, script: Script) -> Fitting:
        """The state in which a picture wants to find the shared parts."""
        leaning = self.image_prompts.leaning(script.request) if self.image_prompts else None
        return Fitting(tile=script.request.tile, adapters=script.adapters, leaning=leaning)

    def pipeline(self, request: Request) -> DiffusionPipeline:
        """A pipeline for one picture: the shared parts, and a scheduler and a state of its own."""
        task = Task.IMAGE if self.blends(request) else Task.of(request)
        template = self.templates.get(task)
        if template is None:
            lacking = ONLY_PARTS if set(self.templates) == {Task.INPAINT} else LACKING[task]
            raise Told(f"The model {self.spec.name} {lacking}.")
        if request.tile and not self._tiles:
            raise Told(f"The model {self.spec.name} {NO_TILE}.")
        template = self.controls.template(template, task, request, self.spec.name)
        config = template.scheduler.config  # pyright: ignore[reportAttributeAccessIssue]
        pipeline = own(template, samplers.scheduler(request.sampler, config, request.steps))
        if not request.tile:  # windows would not go on at the opposite edge
            yield_autoencoder(pipeline)
        steady_autoencoder(pipeline)
        if self.image_prompts and self.image_prompts.leaning(request):
            self.image_prompts.ready(pipeline)
        return pipeline

    def blends(self, request: Request) -> bool:
        """Whether it begins with the mean of several pictures."""
        return not self.image_prompts and any(each.role == "blend" for each in request.references)

    def arguments(self, pipeline: DiffusionPipeline, request: Request, sources: Sources) -> dict[str, Any]:
        """What the pipeline's call is given for one picture; called within its strand, for parts of it are computed."""
        if self.blends(request):
            sources = replace(sources, image=blend(pipeline, sources.of("blend")))
        given = arguments(pipeline, request, sources, self.spec)
        given |= self.controls.arguments(pipeline, sources, tile=request.tile)
        return given | (self.image_prompts.arguments(sources) if self.image_prompts else {})

    @property
    def _tiles(self) -> bool:
        """Whether all that draws are convolutions, which can go on at the opposite edge."""
        parts = self.holder.components
        return isinstance(parts.get("unet"), UNet2DConditionModel) and isinstance(parts.get("vae"), AutoencoderKL)


def load(
    spec: ModelSpec,
    device: torch.device,
    dtype: torch.dtype,
    note: Callable[[str], None],
    *,
    slim: bool = False,
    settings: EngineSettings = PLAIN,
) -> Model:
    """Loads a model from where it lies; `note` hears what takes its time. `Told` where it cannot be. Of a `slim` one
    only the denoiser stays on the device, and the other parts come while they run."""
    note(f"loading {spec.name}")
    folder = find_weights(spec, note)
    from_text = open_pipeline(spec, folder, dtype, note)
    merge_lora(from_text, spec, note)
    settle_autoencoder(from_text)
    if slim:
        Yard(device).settle(from_text)
    else:
        from_text.to(device)
    quicken(from_text, device, settings)
    for name, part in from_text.components.items():
        if "text_encoder" in name and hasattr(part, "config"):
            part.config.get_text_config().use_cache = False  # nobody goes on with the words: none to keep and to split
    image_prompts = ImagePrompts.load(from_text, spec, note)
    controls = Controls.load(spec, device, dtype, note)
    extras = Extras(from_text, spec.name, compiled=settings.compile != "off")
    found, rows = templates(from_text), buckets(settings)
    previewer = LightDecoder.beside(folder, device, dtype) or _colours(from_text)
    if not found:
        raise Told(
            f"The denoiser of {spec.name} neither draws nor paints parts of a picture anew; set `source` in "
            f"[models.{spec.name}] to a model that does."
        )
    return Model(spec, found, previewer, extras, controls, image_prompts, slim, rows)


def open_pipeline(spec: ModelSpec, folder: Path, dtype: torch.dtype, note: Callable[[str], None]) -> DiffusionPipeline:
    """The pipeline that makes pictures of words, as diffusers loads it from where its weights lie, on the CPU. `Told`
    where it cannot be."""
    note(f"loading {spec.name}")
    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    with reading(f"The model {spec.name}", folder):
        index: Any = DiffusionPipeline.load_config(str(folder))
        pipeline = _open(spec, folder, index, dtype)
        keep_settings(pipeline, index)
        for name, part in pipeline.components.items():
            if isinstance(part, torch.nn.Module):
                check_whole(part, name)
        return pipeline


def footprint(model: Model) -> int:
    """Bytes of the device that its weights take, at most."""
    beside = [*model.controls.nets.values(), *(each.model for each in model.controls.estimators.values())]
    return offload.footprint(model.holder, slim=model.slim) + sum(map(offload.size, beside))


def _open(spec: ModelSpec, folder: Path, index: Mapping[str, Any], dtype: torch.dtype) -> DiffusionPipeline:
    kind = class_from_text(spec, str(index.get("_class_name", "")))
    left_out = {"safety_checker": None, "requires_safety_checker": False} if "safety_checker" in index else {}
    if file := find_checkpoint(spec):
        return open_checkpoint(kind, file, folder, index, dtype, left_out)
    return kind.from_pretrained(
        str(folder), dtype=dtype, use_safetensors=True, variant=spec.variant or None, local_files_only=True, **left_out
    )


def _colours(from_text: DiffusionPipeline) -> LatentColours | None:
    fitted = (LatentColours.fit(part) for part in from_text.components.values())
    return next((colours for colours in fitted if colours), None)
