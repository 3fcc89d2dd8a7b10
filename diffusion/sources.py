"""The picture that another one grows from, as its bytes came in. Knows Pillow, not torch."""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from diffusion.request import Told

LARGEST = 64_000_000
"""Pixels; more than any camera's picture, less than what fills the memory."""


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
