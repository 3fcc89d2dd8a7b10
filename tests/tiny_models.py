"""The tiny models that tests ask for by their family's name."""

from collections.abc import Callable
from pathlib import Path

from diffusion.registry import ModelSpec
from tests.families import flux, kandinsky, spoken, stable

FAMILIES: dict[str, Callable[[Path], None]] = {
    "sd": stable.save_sd,
    "sdxl": stable.save_sdxl,
    "ssd-1b": stable.save_ssd_1b,
    "turbo": stable.save_turbo,
    "lcm": stable.save_lcm,
    "sd3": stable.save_sd3,
    "flux": flux.save_flux,
    "schnell": flux.save_schnell,
    "klein": flux.save_klein,
    "chroma": flux.save_chroma,
    "qwen": spoken.save_qwen,
    "z-image": spoken.save_z_image,
    "lumina": spoken.save_lumina,
    "sana": spoken.save_sana,
    "pixart": spoken.save_pixart,
    "kandinsky": kandinsky.save_kandinsky,
}
UNGUIDED = {"turbo", "schnell", "klein"}


def spec(family: str, folder: Path) -> ModelSpec:
    """A family's tiny model, made in `folder` when it is not there yet; "mini" is the built-in one."""
    if family == "mini":
        return ModelSpec(name="mini", source="builtin", size=128)
    path = folder / family
    if not path.exists():
        FAMILIES[family](path)
    return ModelSpec(name=family, source=str(path), size=32, max_pixels=64 * 64, guided=family not in UNGUIDED)
