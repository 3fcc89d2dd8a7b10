"""A pipeline that draws more than its model does at once: its heavy parts work in windows.

Knows which parts those are; how windows are cut and blended, `windows` knows.
"""

from dataclasses import replace
from math import isqrt, log
from typing import Any

from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from diffusion.pictures.windows import windowed, windowed_autoencoder
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told

DENOISERS = "unet", "transformer"
TOGETHER = 4
"""Windows of the trained size that run as the rows of one forward; of larger ones fewer."""
CALM = 3
"""By how much less guidance goes beyond 1 with every four times the pixels that a window sees."""


def enlarge(pipeline: Any, request: Request, spec: ModelSpec) -> None:
    """Puts windows into the pipeline of one picture that is larger than what the model draws at once; the parts
    themselves stay as they are.

    The denoiser's are as large as they can be: the less of the picture a window sees, the more it draws into it of what
    the words name. Where the denoiser takes no map of the picture (Flux, Qwen-Image and others pack it), it is `Told`.
    """
    if request.width * request.height <= spec.pixels:
        return
    refusal = Told(f"{spec.name} cannot upscale to {request.width}×{request.height}; choose another model for that.")
    together = max(1, round(TOGETHER / _window(spec)))
    for name in DENOISERS:
        if denoiser := getattr(pipeline, name, None):
            side = isqrt(spec.pixels) // _scale(pipeline)
            setattr(pipeline, name, windowed(denoiser, side, together=together, whole=refusal))
    vae = getattr(pipeline, "vae", None)
    if isinstance(vae, AutoencoderKL):
        pipeline.vae = windowed_autoencoder(vae, spec.size)


def calmed(request: Request, spec: ModelSpec) -> Request:
    """An upscale with the guidance that its windows are drawn with; any other request as it is.

    A window sees only a part of what the words name, and must not draw all of it again: the words count less.
    """
    area = request.width * request.height / spec.pixels
    if not request.upscale or not spec.guided or request.guidance <= 1 or area <= 1:
        return request
    return replace(request, guidance=round(1 + (request.guidance - 1) / CALM ** log(area, 4), 2))


def _scale(pipeline: Any) -> int:
    """Pixels to a latent."""
    named = (getattr(pipeline, f"{name}_scale_factor", 0) for name in ("vae", "movq"))
    return next(filter(None, named), 8)


def weight(request: Request, spec: ModelSpec) -> float:
    """What one row of a forward costs, in rows of the trained size: of an upscale it is a window."""
    area = request.width * request.height / spec.size**2
    return min(_window(spec), area) if request.upscale else area


def _window(spec: ModelSpec) -> float:
    """The pixels of a window, in squares of the trained size."""
    return spec.pixels / spec.size**2
