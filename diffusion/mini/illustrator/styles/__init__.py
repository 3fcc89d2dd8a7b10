"""The styles, each a function from a view to a picture."""

from collections.abc import Callable, Mapping

from PIL import Image

from diffusion.mini.illustrator.raster import View

from . import blueprint, flat, neon, pixel_art, sketch, watercolour

PAINT: Mapping[str, Callable[[View], Image.Image]] = {
    "flat": flat.paint,
    "sketch": sketch.paint,
    "pixel art": pixel_art.paint,
    "watercolour": watercolour.paint,
    "neon": neon.paint,
    "blueprint": blueprint.paint,
}
