"""Files of strangers: what is opened, and what is said of the rest."""

import io

import pytest
from PIL import Image

from diffusion.pictures.files import opened
from diffusion.request import Told


def saved(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def square(side: int) -> bytes:
    return saved(Image.new("1", (side, side)), "PNG")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "p.png cannot be opened as a picture; send a PNG, JPEG, WebP or GIF."),
        (b"words", "p.png cannot be opened as a picture; send a PNG, JPEG, WebP or GIF."),
        (
            saved(Image.new("RGB", (9, 9)), "BMP"),
            "p.png cannot be opened as a picture; send a PNG, JPEG, WebP or GIF.",
        ),
        (saved(Image.new("RGB", (200, 200)), "PNG")[:150], "p.png is damaged; save it again and send the new file."),
        (square(8300), "p.png is too large (8300×8300); send one of at most 64 megapixels."),
        (square(12000), "p.png is too large (12000×12000); send one of at most 64 megapixels."),
        (square(14000), "p.png is too large (more than 178 megapixels); send one of at most 64 megapixels."),
    ],
    ids=["nothing", "words", "bmp", "half", "large", "warned of", "bomb"],
)
def test_what_cannot_be_taken_is_told_with_the_mend(data: bytes, said: str) -> None:
    """A large one before a pixel is unpacked; Pillow's own warning of it would be an error here."""
    with pytest.raises(Told) as told:
        opened(data, "p.png")
    assert str(told.value) == said


def test_the_picture_of_a_large_camera_is_taken() -> None:
    assert opened(square(8192)).size == (8192, 8192)
