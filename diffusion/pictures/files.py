"""A picture's file as somebody sends it, and its pixels as everything here reads them. Knows Pillow, not torch."""

import struct
import warnings
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from diffusion.request import Told

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
KINDS = "PNG, JPEG, WebP or GIF"
"""The same, for a sentence."""
MEGAPIXELS = 64
"""Of 2**20 pixels each: what cameras take, and less than what fills the memory."""
BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error)
"""What Pillow raises over half pictures."""
FINER = 65535 / 255
"""A level of 16 bits, where 8 bits say one."""


def opened(
    data: bytes, name: str = "This file", wish: str = "send", *, size: tuple[int, int] | None = None
) -> Image.Image:
    """A picture as `upright` gives it; of a JPEG that is far larger than `size`, a smaller one.

    `Told` where it is too large, damaged, or no picture: of `name`, with the mend after `wish`.
    """
    too_large = f"{name} is too large"
    mend = f"{wish} one of at most {MEGAPIXELS} megapixels."
    try:
        with _opened(data) as image:
            if image.width * image.height > MEGAPIXELS * 2**20:
                raise Told(f"{too_large} ({image.width}×{image.height}); {mend}")
            if size:
                image.draft("RGB", size)
            return upright(image)
    except Image.DecompressionBombError as error:
        raise Told(
            f"{too_large} (more than {2 * (Image.MAX_IMAGE_PIXELS or 0) // 10**6} megapixels); {mend}"
        ) from error
    except UnidentifiedImageError as error:
        raise Told(f"{name} cannot be opened as a picture; {wish} a {KINDS}.") from error
    except BROKEN as error:
        raise Told(f"{name} is damaged; save it again and {wish} the new file.") from error


def upright(image: Image.Image) -> Image.Image:
    """RGBA with 8 bits a level, and the right way up. Grey of 16 bits, as depth maps and scans have it, keeps its
    levels: Pillow alone makes white of them."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda level: level * (1 / FINER) + 0.5).convert("L")
    return image.convert("RGBA")


def _opened(data: bytes) -> Image.Image:
    """Its header alone. What Pillow warns of, the size, is told here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(BytesIO(data), formats=FORMATS)
