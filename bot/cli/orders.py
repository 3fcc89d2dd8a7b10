"""What was typed on the command line, taken apart but not yet understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from diffusion.request import Told

ALPHA = "alpha"
"""In the place of a mask: what is transparent in the picture itself."""
WAYS = "vary", "upscale", "zoom", "pan", "square"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """What is to be done with pictures; what was not typed says nothing."""

    vary: str = ""
    upscale: str = ""
    zoom: str = ""
    """A factor."""
    pan: str = ""
    square: bool = False
    mask: str = ""
    """A file, or "alpha"."""
    control: tuple[str, ...] = ()
    """Each "role=file" or "role=file:weight"."""
    image_prompt: tuple[str, ...] = ()
    """Each "file" or "file:weight", as those that follow."""
    style: tuple[str, ...] = ()
    blend: tuple[str, ...] = ()

    @property
    def way(self) -> str:
        """What is done with the picture as a whole, if anything. `Told` where it is more than one thing."""
        ways = [name for name in WAYS if getattr(self, name)]
        if len(ways) > 1:
            raise Told(f"{' and '.join(f'--{name}' for name in ways)} at once cannot be; do one after the other.")
        return ways[0] if ways else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    text: str
    options: Mapping[str, str | None]
    """By the names of flags; they win over the flags in the text."""
    loras: tuple[str, ...] = ()
    """NAME or NAME:WEIGHT each, beside those of the text."""
    image: Path | None = None
    again: Path | None = None
    """A picture that is to be made once more, from the settings that it carries."""
    operations: Operations = field(default_factory=Operations)
    output: Path | None = None
