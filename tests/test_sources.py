"""Pictures as they come in, and what a pipeline is given of them."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from diffusion.pictures.sources import Sources, open_sources
from diffusion.request import Reference, Request, Told

SOURCE, MASK = "a" * 64, "b" * 64


def png(image: Image.Image) -> bytes:
    data = BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def opened(source: Image.Image, other: Image.Image | None = None, **values: Any) -> Sources:
    request = Request(
        prompt="a red circle", model="mini", width=64, height=64, steps=4, guidance=3.0, sampler="DDIM", seed=7,
        source=SOURCE, **values,
    )  # fmt: skip
    return open_sources(request, {SOURCE: png(source)} | ({MASK: png(other)} if other else {}))


def test_without_a_canvas_the_picture_is_all_there_is() -> None:
    sources = opened(Image.new("RGB", (100, 50), "red"))
    assert sources.image is not None
    assert sources.image.size == (64, 64)
    assert (sources.canvas, sources.guides) == (None, ())


def test_a_mask_of_another_size_is_scaled_with_its_picture() -> None:
    """The picture is cropped to a square, and its mask at the same place, also where it has another shape."""
    source, mask = Image.new("RGB", (128, 64), "red"), Image.new("RGB", (64, 64))
    mask.paste("white", (16, 0, 32, 64))  # the second quarter of the width: the left half of the square
    canvas = opened(source, mask, mask=MASK).canvas
    assert canvas is not None
    seam = np.asarray(canvas.seam)
    assert (seam[:, :32] == 255).all()
    assert (seam[:, 40:] == 0).all()


def of_16_bits(*levels: float) -> Image.Image:
    """Upright stripes of grey, from 0 for black to 1 for white."""
    return Image.fromarray(np.repeat(np.array([levels] * 64) * 65535, 64 // len(levels), axis=1).astype(np.uint16))


def test_a_mask_of_16_bits_is_read_as_one_of_8() -> None:
    """Ten hundredths of white are black enough to be kept."""
    canvas = opened(Image.new("RGB", (64, 64), "red"), of_16_bits(0.1, 1), mask=MASK).canvas
    assert canvas is not None
    seam = np.asarray(canvas.seam)
    assert (seam[:, :24] == 0).all()
    assert (seam[:, 32:] == 255).all()


def test_a_depth_map_of_16_bits_keeps_its_levels() -> None:
    (guide,) = opened(
        Image.new("RGB", (64, 64)), of_16_bits(0, 0.25, 0.5, 1), references=(Reference("depth", MASK),)
    ).guides
    assert [guide.image.getpixel((across, 30)) for across in (8, 24, 40, 56)] == [(g, g, g) for g in (0, 64, 127, 255)]


def test_what_is_transparent_in_a_mask_is_kept() -> None:
    mask = Image.new("RGBA", (64, 64), (255, 255, 255, 0))
    mask.paste((255, 255, 255, 255), (0, 0, 16, 64))
    canvas = opened(Image.new("RGB", (64, 64), "red"), mask, mask=MASK).canvas
    assert canvas is not None
    assert (np.asarray(canvas.seam)[:, 24:] == 0).all()


def test_a_picture_that_is_its_own_mask_is_painted_anew_where_it_is_transparent() -> None:
    source = Image.new("RGBA", (64, 64), (255, 0, 0, 255))
    source.paste((0, 0, 0, 0), (0, 0, 20, 64))
    canvas = opened(source, mask=SOURCE).canvas
    assert canvas is not None
    assert (np.asarray(canvas.seam)[:, :20] == 255).all()
    assert (np.asarray(canvas.seam)[:, 30:] == 0).all()
    with pytest.raises(Told, match="no transparent part"):
        opened(Image.new("RGB", (64, 64), "red"), mask=SOURCE)


def test_a_frame_s_source_has_the_frame_s_size() -> None:
    sources = opened(Image.new("RGB", (200, 200), "red"), frame=(16, 16, 32, 32))
    assert sources.image is not None
    assert sources.image.size == (64, 64)
    assert sources.image.getpixel((20, 20)) == (255, 0, 0)
    assert sources.canvas is not None
    mask = sources.canvas.mask
    assert (mask.getpixel((0, 0)), mask.getpixel((32, 32))) == (255, 0)


def test_guides_stand_in_the_same_order_however_they_were_named() -> None:
    references = Reference("blend", SOURCE), Reference("blend", MASK)
    red, blue = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "blue")
    orders = [opened(red, blue, references=order).guides for order in (references, references[::-1])]
    assert [guide.reference for guide in orders[0]] == [guide.reference for guide in orders[1]]
    assert orders[0][0].image.getpixel((0, 0)) == (255, 0, 0)
