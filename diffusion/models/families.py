"""How diffusers' families differ: which class does a task, where guidance goes, which parts are heavy.

Knows the pipelines by what they take and hold, not by their names.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from copy import copy
from enum import StrEnum
from inspect import signature
from typing import Any

import diffusers
import torch
from diffusers.models.transformers.transformer_qwenimage import QwenImageTransformer2DModel
from diffusers.pipelines.auto_pipeline import (
    AUTO_TEXT2IMAGE_PIPELINES_MAPPING,
    SUPPORTED_TASKS_MAPPINGS,
    AutoPipelineForImage2Image,
    AutoPipelineForInpainting,
)
from diffusers.pipelines.pipeline_utils import DiffusionPipeline

from diffusion.pictures.sources import Sources
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told


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


_SIBLINGS = ((Task.IMAGE, AutoPipelineForImage2Image, "Img2Img"), (Task.INPAINT, AutoPipelineForInpainting, "Inpaint"))
_DENOISERS = "transformer", "unet"
_MENDED = {"ChromaInpaintPipeline": ("transformer", {"guidance_embeds": False})}
"""What diffusers 0.42 reads of a part's configuration, though this family's part has none of it."""
_ONLY_MASKED = ("KandinskyV22InpaintCombinedPipeline",)
"""These inpaint only with a denoiser that sees the mask, which is another model than the one that draws."""
_AESTHETICS = "_requires_aesthetics_score"
"""In a configuration: its denoiser asks how beautiful a picture is, which pipelines from words do not tell it."""
_PLAIN = {"use_resolution_binning": False, "clean_caption": False, "output_type": "np"}
"""The picture has the size that was asked for, and the words stay as they are."""


def class_from_text(spec: ModelSpec, saved: str) -> Any:
    """The class that makes pictures from words for a model that was `saved` from a pipeline of that class' name."""
    if spec.pipeline:
        named = getattr(diffusers, spec.pipeline, None)
        if not (isinstance(named, type) and issubclass(named, DiffusionPipeline)):
            raise Told(f"diffusers has no pipeline {spec.pipeline}; mend `pipeline` in [models.{spec.name}].")
        return named
    for family in (
        name for known in SUPPORTED_TASKS_MAPPINGS for name, kind in known.items() if kind.__name__ == saved
    ):
        if family in AUTO_TEXT2IMAGE_PIPELINES_MAPPING:
            return AUTO_TEXT2IMAGE_PIPELINES_MAPPING[family]
    raise Told(
        f"AutoPipeline does not know how to make pictures from words with the model {spec.name} of {spec.source}; if "
        f'its class does so, set `pipeline = "{saved}"` in [models.{spec.name}].'
    )


def keep_settings(from_text: DiffusionPipeline, index: Mapping[str, Any]) -> None:
    """Settings of the `index` of the model's folder that only its siblings' classes take, where these look for them."""
    plain = {name: value for name, value in index.items() if isinstance(value, bool) and name not in from_text.config}
    from_text.register_to_config(**{f"_{name}": value for name, value in plain.items()})


def templates(from_text: DiffusionPipeline) -> dict[Task, DiffusionPipeline]:
    """The pipelines of all that the family and the model's denoiser can do, over the same parts; maybe of nothing."""
    found = {Task.TEXT: from_text}
    for task, auto, word in _SIBLINGS:
        with suppress(ValueError):  # AutoPipeline knows none
            found[task] = auto.from_pipe(from_text)
            continue
        if kind := getattr(diffusers, type(from_text).__name__.replace("Pipeline", f"{word}Pipeline"), None):
            found[task] = _over_the_same_parts(kind, from_text)
    return {task: template for task, template in found.items() if _stands(task, template)}


def _stands(task: Task, template: Any) -> bool:
    """Whether diffusers' class and the model's parts go together; where a word is all that lacks, it is said."""
    name = type(template).__name__
    if name in _MENDED:
        part, values = _MENDED[name]
        template.components[part].register_to_config(**values)
    if task is Task.TEXT and template.config.get(_AESTHETICS):
        return False
    unet, autoencoder = (template.components.get(part) for part in ("unet", _autoencoder(template)))
    if unet is None or autoencoder is None:
        return True
    latents, seen = autoencoder.config.latent_channels, unet.config.in_channels
    sees_mask = seen == 2 * latents + 1  # the noisy latents, the kept part's, and where that is
    if task is Task.INPAINT and sees_mask:
        return True
    return seen == latents and name not in _ONLY_MASKED


def _autoencoder(template: Any) -> str:
    return "movq" if "movq" in template.components else "vae"


def own(template: DiffusionPipeline, scheduler: Any) -> DiffusionPipeline:
    """A pipeline for one call: the template's parts, that scheduler, and a state that nobody else touches.

    A pipeline made of others, as Kandinsky's of prior and decoder, has these for itself too.
    """
    pipeline: Any = copy(template)
    for name, inner in _inner(template):
        fresh = copy(inner)
        fresh.set_progress_bar_config(disable=True)
        walks = inner.scheduler is template.scheduler  # pyright: ignore[reportAttributeAccessIssue]
        fresh.scheduler = scheduler if walks else type(inner.scheduler).from_config(inner.scheduler.config)
        setattr(pipeline, name, fresh)
    pipeline.scheduler = scheduler
    return pipeline


def walking(pipeline: Any) -> Any:
    """The pipeline that walks from noise to the picture: itself, or the one inside it that has its scheduler."""
    return next((inner for _, inner in _inner(pipeline) if inner.scheduler is pipeline.scheduler), pipeline)


def heavy(pipeline: DiffusionPipeline) -> Iterator[tuple[str, torch.nn.Module]]:
    """The modules whose forwards pictures can share, by their names: "unet", "text_encoder_2", "vae.decoder" …

    Of an autoencoder these are its halves, but for those that keep what they have seen of a film beside themselves.
    """
    for name, part in pipeline.components.items():
        if not isinstance(part, torch.nn.Module):
            continue
        if name.startswith(("unet", "transformer", "text_encoder", "prior")):
            yield name, part
        elif hasattr(part, "encode") and hasattr(part, "decode"):
            for half in ("encoder", "decoder"):
                module = getattr(part, half)
                if "feat_cache" not in signature(module.forward).parameters:
                    yield f"{name}.{half}", module


def masked(part: torch.nn.Module) -> Mapping[str, str]:
    """The inputs whose length is that of a prompt, with the input that masks them: so that prompts may differ in it."""
    is_qwen = isinstance(part, QwenImageTransformer2DModel)
    return {"encoder_hidden_states": "encoder_hidden_states_mask"} if is_qwen else {}


def arguments(pipeline: DiffusionPipeline, request: Request, sources: Sources, spec: ModelSpec) -> dict[str, Any]:
    """What a pipeline's call is given for one picture: of everything that the request says, what the pipeline takes.

    Where the family has to be asked for the negative prompt's embeddings, its text encoder is called.
    """
    values: dict[str, Any] = {
        **_PLAIN,
        "prompt": request.prompt,
        "num_inference_steps": request.steps,
        "width": request.width,
        "height": request.height,
    }
    if sources.image is not None:
        # one step at least: diffusers rounds steps x strength down
        values |= {"image": sources.image, "strength": max(request.strength, min(1.0, 1.000001 / request.steps))}
    if sources.canvas is not None:
        values["mask_image"] = sources.canvas.mask
    taken = signature(type(pipeline).__call__).parameters
    values |= _guidance(pipeline, request, spec)
    return {name: value for name, value in values.items() if name in taken}


def _guidance(pipeline: Any, request: Request, spec: ModelSpec) -> dict[str, Any]:
    """Guidance and the negative prompt, where the pipeline expects them. `Told` where it would not hear the latter.

    Of the two scales that some take, `guidance_scale` is an input of a denoiser that was distilled with guidance, and
    `true_cfg_scale` the classifier-free one, which is the only one that a negative prompt works with.
    """
    embeds = _embeds_guidance(pipeline)
    if not spec.guided:
        return {"guidance_scale": request.guidance if embeds else min(request.guidance, 1.0), "true_cfg_scale": 1.0}
    taken = signature(type(pipeline).__call__).parameters
    values = {"guidance_scale": request.guidance}
    if request.negative and _is_consistent(pipeline):
        raise Told(f"The model {spec.name} reads no negative prompt; say what you want in the prompt.")
    if request.negative and "negative_prompt" not in taken and "negative_prompt_embeds" in taken:
        return values | {"negative_prompt_embeds": _embedded(pipeline, request.negative)}
    only_true = "guidance_scale" in taken and taken["guidance_scale"].default is None and not embeds
    if _has_two_scales(pipeline) and (request.negative or only_true):
        values = {"guidance_scale": 1.0} if embeds else {}
        # these have no guidance without a negative prompt, be it a blank
        return values | {"true_cfg_scale": request.guidance, "negative_prompt": request.negative or " "}
    return values | ({"negative_prompt": request.negative} if request.negative else {})


def _embeds_guidance(pipeline: Any) -> bool:
    return bool(_denoiser_config(pipeline).get("guidance_embeds")) or _is_consistent(pipeline)


def _is_consistent(pipeline: Any) -> bool:
    """Whether the denoiser is a latent consistency model, which is asked once a step (arXiv 2310.04378)."""
    return bool(_denoiser_config(pipeline).get("time_cond_proj_dim"))


def _has_two_scales(pipeline: Any) -> bool:
    """Some take `true_cfg_scale` and leave it; they say themselves that `guidance_scale` is the classifier-free one."""
    taken = signature(type(pipeline).__call__).parameters
    return "true_cfg_scale" in taken and not hasattr(type(pipeline), "do_classifier_free_guidance")


def _denoiser_config(pipeline: Any) -> Mapping[str, Any]:
    denoisers = [part for name in _DENOISERS if (part := pipeline.components.get(name)) is not None]
    return denoisers[0].config if denoisers else {}


def _embedded(pipeline: Any, words: str) -> Any:
    encoded = pipeline.encode_prompt(prompt=words)
    return encoded[0] if isinstance(encoded, tuple) else encoded


def _inner(pipeline: Any) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in vars(pipeline).items() if isinstance(value, DiffusionPipeline)]


def _over_the_same_parts(kind: Callable[..., DiffusionPipeline], other: DiffusionPipeline) -> DiffusionPipeline:
    asked = signature(kind).parameters
    given = {**other.config, **other.components}
    return kind(**{name: value for name, value in given.items() if name in asked})
