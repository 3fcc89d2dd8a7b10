"""What the options of the command line ask to be done with pictures, and the files that they name.

What is done stands in `bot.growth`; here words and paths become its arguments.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot import growth, prompt
from bot.prompt import Source, Words
from bot.sources import BROKEN, open_picture
from diffusion.metadata import Parameters
from diffusion.registry import ModelSpec
from diffusion.request import Reference, Request, Told

ALPHA = "alpha"
"""In the place of a mask: what is transparent in the picture itself."""
GROWN: Mapping[str, Callable[[Request, str, Any, ModelSpec, growth.Draw], Request]] = {
    "upscale": growth.upscaled,
    "zoom": lambda alone, sha256, factor, spec, seed: growth.zoomed(alone, sha256, float(factor), spec, seed),
    "pan": growth.panned,
    "square": lambda alone, sha256, _, spec, seed: growth.squared(alone, sha256, spec, seed),
}
"""What makes a new picture around or out of one, without new words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """As they were typed; what was not says nothing."""

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
        ways = [name for name in ("vary", *GROWN) if getattr(self, name)]
        if len(ways) > 1:
            raise Told(f"{' and '.join(f'--{name}' for name in ways)} at once cannot be; do one after the other.")
        return ways[0] if ways else ""


@dataclass(frozen=True, slots=True)
class Material:
    """The files that were named, read and looked at."""

    pictures: Mapping[str, bytes]
    """By their SHA-256."""
    source: Source | None = None
    parameters: Parameters | None = None
    """What the source's own text says."""
    mask: str = ""
    references: tuple[Reference, ...] = ()


def gather(image: Path | None, operations: Operations) -> Material:
    """`Told` where a file cannot be read, is no picture, or is missing."""
    way = operations.way
    if not image and (way or operations.mask):
        raise Told(f"`--{way or 'mask'}` is about a picture; name it with --image.")
    pictures: dict[str, bytes] = {}
    source, parameters = _source(image, pictures) if image else (None, None)
    mask = source.sha256 if source and operations.mask == ALPHA else ""
    if operations.mask and not mask:
        mask = _kept(Path(operations.mask), "--mask", pictures)
    return Material(pictures, source, parameters, mask, tuple(_references(operations, pictures)))


def perform(request: Request, words: Words, material: Material, operations: Operations, spec: ModelSpec) -> Request:
    """The request that the words alone ask for, with what is to be done with pictures."""
    way, given = operations.way, words.values

    def seed() -> int:
        return prompt.draw() if given.get("seed") is None else given["seed"]

    if way == "vary":
        request = _varied(request, material, operations.vary, seed)
    elif way and material.source:
        grown = GROWN[way](request, material.source.sha256, getattr(operations, way), spec, seed)
        request = replace(grown, count=request.count, stop=request.stop, tile=request.tile)
    if material.mask:
        request = growth.masked(request, material.mask)
    request = growth.guided(request, material.references)
    if operations.blend and not spec.ip_adapter.source:
        request = replace(request, strength=spec.strength)
    return replace(request, strength=given["strength"]) if "strength" in given and not request.variation else request


def _varied(request: Request, material: Material, how: str, seed: growth.Draw) -> Request:
    """By its own noise where the picture says how it was made, and with that model; else by drawing over it."""
    own = material.parameters and material.parameters.request()
    sha256 = material.source.sha256 if material.source else ""
    if not own or own.model != request.model:
        return growth.drawn_over(request, sha256, growth.STRENGTH[how], request.count, seed)
    kept = {name: getattr(request, name) for name in ("prompt", "negative", "steps", "guidance", "sampler")}
    return growth.variation(replace(own, **kept), sha256, how, request.count, seed)


def _references(operations: Operations, pictures: dict[str, bytes]) -> Iterator[Reference]:
    for typed in operations.control:
        role, equals, file = typed.partition("=")
        if not equals:
            raise Told("`--control` wants what to follow and a picture, for example `--control canny=house.png:0.8`.")
        yield _reference(role, file, "--control", pictures)
    for role, option, files in (
        ("image", "--image-prompt", operations.image_prompt),
        ("style", "--style", operations.style),
        ("blend", "--blend", operations.blend),
    ):
        for file in files:
            yield _reference(role, file, option, pictures)


def _reference(role: str, typed: str, option: str, pictures: dict[str, bytes]) -> Reference:
    file, colon, weight = typed.rpartition(":")
    if colon and (number := _number(weight)) is not None:
        return Reference(role, _kept(Path(file), option, pictures), number)
    return Reference(role, _kept(Path(typed), option, pictures))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _source(path: Path, pictures: dict[str, bytes]) -> tuple[Source, Parameters]:
    sha256 = _kept(path, "--image", pictures)
    opened = open_picture(pictures[sha256])
    return Source(sha256, opened.width, opened.height), opened.parameters


def _kept(path: Path, option: str, pictures: dict[str, bytes]) -> str:
    """Adds a file to the pictures; its SHA-256."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Told(f"{path} cannot be read ({error.strerror}); name another picture with {option}.") from error
    try:
        open_picture(data)
    except BROKEN as error:
        raise Told(f"{path} is not a picture that can be read; give {option} a PNG, JPEG or WebP.") from error
    sha256 = hashlib.sha256(data).hexdigest()
    pictures[sha256] = data
    return sha256
