"""The pictures that another one is made from, as their bytes came in. Knows Pillow, not torch."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from diffusion.request import Pictures, Request, Told

LARGEST = 64_000_000
"""Pixels; more than any camera's picture, less than what fills the memory."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a pipeline is given beside the words, each of the request's size."""

    image: Image.Image | None = None
    """RGB: what the picture grows from."""
    mask: Image.Image | None = None
    """L: white where the image is painted anew, black where it is kept."""


def open_sources(request: Request, pictures: Pictures) -> Sources:
    """Opens what the request needs. `Told` where something is no picture."""
    size = request.width, request.height
    return Sources(
        image=open_source(pictures[request.source], *size) if request.source else None,
        mask=open_source(pictures[request.mask], *size).convert("L") if request.mask else None,
    )


def open_source(data: bytes, width: int, height: int) -> Image.Image:
    """An RGB picture of exactly that size: upright, without transparency (on white), cropped around its middle."""
    try:
        with Image.open(BytesIO(data)) as image:
            if image.width * image.height > LARGEST:
                raise Told(f"This picture is too large ({image.width}×{image.height}); send one below 64 megapixels.")
            image.draft("RGB", (width, height))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Told("This is no picture that I can open; send a PNG, JPEG or WebP.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise Told("This picture is damaged; save it again and send it once more.") from error
    paper = Image.new("RGBA", upright.size, "white")
    flat = Image.alpha_composite(paper, upright).convert("RGB")
    return ImageOps.fit(flat, (width, height), Image.Resampling.LANCZOS)
