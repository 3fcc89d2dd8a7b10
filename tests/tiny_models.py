"""The tiny models that tests ask for by their family's name, and what is known of each family by heart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diffusion.mini import WEIGHTS
from diffusion.models.families import Task
from diffusion.registry import ModelSpec
from diffusion.request import Request
from tests.families import flux, guidance, kandinsky, spoken, stable

FLOW = "Euler", "UniPC", "Own"
"""The samplers of families that match flows."""


@dataclass(frozen=True, eq=False)
class Family:
    """What a test by hand must know."""

    title: str
    save: Callable[[Path], None] | None
    """Nothing for the built-in model."""
    image: str = ""
    """The class of diffusers for image-to-image, if there is one."""
    inpaint: str = ""
    guidance: Callable[[Any, Request], dict[str, Any]] = guidance.classifier_free
    """The words of a call by hand that carry guidance and the negative prompt."""
    samplers: tuple[str, ...] = ()
    """Nothing for all of them."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What else a call by hand says."""
    side: int = 32
    """Pixels of its pictures here."""
    pipeline: str = ""
    """The class from text, where AutoPipeline knows none."""

    @property
    def usual(self) -> str:
        """The sampler that its pictures are made with."""
        return self.samplers[0] if self.samplers else "Euler"

    @property
    def guided(self) -> bool:
        return self.guidance is not guidance.none

    @property
    def reads_negatives(self) -> bool:
        return self.guidance is not guidance.embedded

    @property
    def classes(self) -> dict[Task, str]:
        return {Task.TEXT: self.pipeline, Task.IMAGE: self.image, Task.INPAINT: self.inpaint}


_XL: dict[str, Any] = {"image": "StableDiffusionXLImg2ImgPipeline", "inpaint": "StableDiffusionXLInpaintPipeline"}
_SD: dict[str, Any] = {"image": "StableDiffusionImg2ImgPipeline", "inpaint": "StableDiffusionInpaintPipeline"}
_FLUX: dict[str, Any] = {"image": "FluxImg2ImgPipeline", "inpaint": "FluxInpaintPipeline", "samplers": FLOW}
_KLEIN: dict[str, Any] = {
    "image": "Flux2KleinPipeline",
    "inpaint": "Flux2KleinInpaintPipeline",
    "samplers": FLOW,
    "side": 64,
}
_EXACT: dict[str, Any] = {"use_resolution_binning": False, "clean_caption": False}

FAMILIES: dict[str, Family] = {
    "mini": Family("the built-in model", None, **_SD, side=64),
    "sd": Family("Stable Diffusion 1.x", stable.save_sd, **_SD),
    "sdxl": Family("Stable Diffusion XL", stable.save_sdxl, **_XL),
    "ssd-1b": Family("SSD-1B", stable.save_ssd_1b, **_XL),
    "turbo": Family("SDXL Turbo", stable.save_turbo, guidance=guidance.none, **_XL),
    "lcm": Family(
        "Latent consistency (LCM)", stable.save_lcm, "LatentConsistencyModelImg2ImgPipeline",
        guidance=guidance.embedded, samplers=("LCM", "Own"),
    ),
    "sd3": Family(
        "Stable Diffusion 3", stable.save_sd3, "StableDiffusion3Img2ImgPipeline", "StableDiffusion3InpaintPipeline",
        samplers=FLOW,
    ),
    "flux": Family("FLUX.1 dev", flux.save_flux, guidance=guidance.embedded_or_true, **_FLUX),
    "schnell": Family("FLUX.1 schnell", flux.save_schnell, guidance=guidance.none, **_FLUX),
    "klein": Family("FLUX.2 klein", flux.save_klein, guidance=guidance.none, **_KLEIN),
    "klein-base": Family("FLUX.2 klein base", flux.save_klein_base, guidance=guidance.by_embeddings, **_KLEIN),
    "chroma": Family("Chroma", flux.save_chroma, "ChromaImg2ImgPipeline", "ChromaInpaintPipeline", samplers=FLOW),
    "qwen": Family(
        "Qwen-Image", spoken.save_qwen, "QwenImageImg2ImgPipeline", "QwenImageInpaintPipeline",
        guidance=guidance.true, samplers=FLOW,
    ),
    "z-image": Family(
        "Z-Image", spoken.save_z_image, "ZImageImg2ImgPipeline", "ZImageInpaintPipeline", samplers=FLOW
    ),
    "lumina": Family("Lumina 2", spoken.save_lumina, samplers=FLOW),
    "sana": Family("Sana", spoken.save_sana, samplers=("Euler", "DPM++ 2M", "UniPC", "Own"), more=_EXACT),
    "pixart": Family("PixArt-Sigma", spoken.save_pixart, more=_EXACT),
    "bria": Family("Bria 3.2", spoken.save_bria, pipeline="BriaPipeline", samplers=("Euler", "Own")),
    "kandinsky": Family(
        "Kandinsky 2.2", kandinsky.save_kandinsky, "KandinskyV22Img2ImgCombinedPipeline",
        samplers=("Own", "Euler", "Euler a", "DDIM", "DPM++ 2M", "DPM++ 2M Karras", "DPM++ SDE", "LCM"),
    ),
}  # fmt: skip


def spec(name: str, folder: Path) -> ModelSpec:
    """A family's tiny model, made in `folder` when it is not there yet; "mini" is the built-in one."""
    family = FAMILIES[name]
    if family.save is None:
        return ModelSpec(name=name, source="builtin", size=128)
    path = folder / name
    if not path.exists():
        family.save(path)
    return ModelSpec(
        name=name, source=str(path), size=32, max_pixels=64 * 64, guided=family.guided, pipeline=family.pipeline
    )


def weights(name: str, folder: Path) -> Path:
    """Where that model lies."""
    return WEIGHTS if FAMILIES[name].save is None else folder / name
