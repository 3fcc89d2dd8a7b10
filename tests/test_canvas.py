"""Where a source lies on its canvas, which part is painted anew, and that the kept one comes back to the bit."""

import numpy as np
import pytest
from PIL import Image

from diffusion.pictures.canvas import Canvas, framed, painted, put_back
from diffusion.request import Frame, Told

SIZE = (128, 96)


def noise(width: int, height: int) -> Image.Image:
    levels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(levels)


def seam(canvas: Canvas) -> np.ndarray:
    return np.asarray(canvas.seam)


def test_zoomed_out_the_core_is_kept_and_all_around_it_is_new() -> None:
    source = noise(64, 48)
    canvas = framed(source, (32, 24, 64, 48), SIZE)
    outside = np.ones((96, 128), bool)
    outside[24:72, 32:96] = False
    assert (seam(canvas)[outside] == 255).all()
    assert (seam(canvas)[30:66, 38:90] == 0).all()
    assert np.array_equal(np.asarray(canvas.image)[24:72, 32:96], np.asarray(source))


@pytest.mark.parametrize(
    ("frame", "kept"),
    [((64, 0, 128, 96), np.s_[:, 72:]), ((-64, 0, 128, 96), np.s_[:, :56]), ((0, 48, 128, 96), np.s_[56:, :])],
    ids=["left", "right", "up"],
)
def test_panned_the_half_is_kept_up_to_the_edges_of_the_canvas(frame: Frame, kept: tuple[slice, slice]) -> None:
    canvas = framed(noise(128, 96), frame, SIZE)
    assert (seam(canvas)[kept] == 0).all()
    assert seam(canvas).max() == 255


def test_the_way_from_new_to_kept_has_no_step() -> None:
    canvas = framed(noise(512, 512), (256, 0, 512, 512), (512, 512))
    line = seam(canvas)[100].astype(int)
    assert (np.diff(line) <= 0).all()
    assert -np.diff(line).min() < 20
    assert 20 < ((line > 0) & (line < 255)).sum() < 40


def test_the_ground_goes_on_from_the_edge_of_the_source() -> None:
    source = Image.new("RGB", (64, 96), "red")
    source.paste("blue", (0, 0, 64, 48))
    ground = np.asarray(framed(source, (32, 0, 64, 96), SIZE).image)
    assert (ground[:20, :, 2] > 250).all()
    assert (ground[-20:, :, 0] > 250).all()


def test_what_is_kept_of_a_painted_mask_is_kept_to_the_bit_and_the_rest_is_new() -> None:
    source, mask = noise(128, 96), Image.new("L", SIZE)
    mask.paste(255, (40, 30, 80, 60))
    canvas = painted(source, mask)
    new = np.zeros((96, 128, 3))
    merged = (put_back(new, canvas) * 255).round()
    assert (merged[30:60, 40:80] == 0).all()
    far = np.ones((96, 128), bool)
    far[20:70, 30:90] = False
    assert np.array_equal(merged[far], np.asarray(source)[far])
    assert np.asarray(canvas.mask)[(seam(canvas) > 0)].min() == 255


def test_a_mask_without_white_is_told() -> None:
    with pytest.raises(Told, match="black all over; paint white"):
        painted(noise(128, 96), Image.new("L", SIZE, 90))
