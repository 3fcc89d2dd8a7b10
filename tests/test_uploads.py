"""Pictures made to fit what a channel takes."""

import io
from dataclasses import replace

from PIL import Image

from bot.face import Attachment
from bot.uploads import fit
from diffusion import metadata
from tests.desk import REQUEST

ROOM = 10**7


def noisy(number: int = 1, side: int = 128) -> Attachment:
    """A PNG that cannot be made smaller without loss: about 3 bytes a pixel."""
    grey = Image.effect_noise((side, side), 100).convert("L")
    image = Image.merge("RGB", [grey.rotate(90 * turn) for turn in range(3)])
    return Attachment(f"darkroom-1-{number}.png", metadata.write(image, REQUEST), "noise")


def test_what_fits_is_left_as_it_is():
    files = [noisy(1), noisy(2)]
    fitted = fit(files, file_bytes=ROOM, request_bytes=ROOM)
    assert fitted.messages == (tuple(files),)
    assert not fitted.shrunk


def test_what_is_too_large_loses_quality_before_size():
    file = noisy()
    fitted = fit([file], file_bytes=len(file.data) - 1, request_bytes=ROOM)
    [[smaller]] = fitted.messages
    image = Image.open(io.BytesIO(smaller.data))
    assert (smaller.name, image.format, image.size) == ("darkroom-1-1.webp", "WEBP", (128, 128))
    assert fitted.shrunk


def test_what_is_far_too_large_loses_size_too_but_never_its_settings_or_its_description():
    [[smaller]] = fit([noisy()], file_bytes=6_000, request_bytes=ROOM).messages
    assert len(smaller.data) <= 6_000
    assert Image.open(io.BytesIO(smaller.data)).width < 128
    assert metadata.read(smaller.data) == REQUEST
    assert smaller.alt == "noise"


def test_a_message_is_never_larger_than_the_request_may_be():
    files = [noisy(number) for number in range(5)]
    fitted = fit(files, file_bytes=ROOM, request_bytes=2 * len(files[0].data) + 5_000)
    assert [len(message) for message in fitted.messages] == [2, 2, 1]
    assert [file for message in fitted.messages for file in message] == files


def test_a_message_has_at_most_ten_files():
    small = noisy(side=8)
    files = [replace(small, name=f"{number}.png") for number in range(11)]
    assert [len(message) for message in fit(files, file_bytes=ROOM, request_bytes=ROOM).messages] == [10, 1]
