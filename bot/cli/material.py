"""The pictures that the command line names: read, looked at, and kept by what they hold."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.cli.orders import ALPHA, Operations, Order
from bot.prompt import Source
from bot.sources import open_picture
from diffusion.metadata import Parameters
from diffusion.pictures.files import opened
from diffusion.request import Reference, Told


@dataclass(frozen=True, slots=True)
class Material:
    """The files that were named."""

    pictures: Mapping[str, bytes]
    """By their SHA-256."""
    source: Source | None = None
    parameters: Parameters | None = None
    """What the source's own text says."""
    mask: str = ""
    references: tuple[Reference, ...] = ()
    again: Parameters | None = None
    """What the picture says that is to be made once more; itself it is not needed."""


def gather(order: Order) -> Material:
    """`Told` where a file cannot be read, is no picture, or is missing."""
    image, operations = order.image, order.operations
    way = operations.way
    if not image and (way or operations.mask):
        raise Told(f"`--{way or 'mask'}` is about a picture; name it with --image.")
    pictures: dict[str, bytes] = {}
    source, parameters = _source(image, pictures) if image else (None, None)
    mask = source.sha256 if source and operations.mask == ALPHA else ""
    if operations.mask and not mask:
        mask = _kept(Path(operations.mask), "--mask", pictures)
    references = tuple(_references(operations, pictures))
    again = _source(order.again, {}, "--again")[1] if order.again else None
    return Material(pictures, source, parameters, mask, references, again)


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


def _source(path: Path, pictures: dict[str, bytes], option: str = "--image") -> tuple[Source, Parameters]:
    sha256 = _kept(path, option, pictures)
    taken = open_picture(pictures[sha256], f"{path}", f"give {option}")
    return Source(sha256, *taken.original), taken.parameters


def _kept(path: Path, option: str, pictures: dict[str, bytes]) -> str:
    """Adds a file to the pictures; its SHA-256."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Told(f"{path} cannot be read ({error.strerror}); name another picture with {option}.") from error
    opened(data, f"{path}", f"give {option}")
    sha256 = hashlib.sha256(data).hexdigest()
    pictures[sha256] = data
    return sha256
