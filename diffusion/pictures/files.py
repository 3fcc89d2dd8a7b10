"""A picture's file as somebody sends it, and its pixels as everything here reads them. Knows Pillow, not torch."""

from PIL import Image, ImageOps

FINER = 65535 / 255
"""A level of 16 bits, where 8 bits say one."""


def upright(image: Image.Image) -> Image.Image:
    """RGBA with 8 bits a level, and the right way up. Grey of 16 bits, as depth maps and scans have it, keeps its
    levels: Pillow alone makes white of them."""
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda level: level * (1 / FINER) + 0.5).convert("L")
    return image.convert("RGBA")
