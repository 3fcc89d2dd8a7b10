"""Fits pictures into what a channel takes: smaller files where they are too large, several messages where too many.

Knows sizes and formats; who posts them, and where, is not its business.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from PIL import Image

from bot.face import Attachment
from diffusion import metadata

REQUEST_BYTES = 25 * 2**20
"""What one message carries in all, with the other parts of the form left some room."""
FILES = 10
QUALITIES = (95, 85, 70)


@dataclass(frozen=True, slots=True)
class Fitted:
    """Files as they can be sent: one tuple a message."""

    messages: tuple[tuple[Attachment, ...], ...]
    shrunk: bool
    """Whether any had to lose quality; the picture that was saved has lost none."""


def fit(files: Sequence[Attachment], *, file_bytes: int, request_bytes: int) -> Fitted:
    """Each file at most `file_bytes`, each message at most `request_bytes` and ten files, in their order."""
    largest = min(file_bytes, request_bytes)
    fitting = [shrink(file, largest) for file in files]
    return Fitted(
        _packed(fitting, request_bytes), shrunk=any(new is not old for new, old in zip(fitting, files, strict=True))
    )


def shrink(file: Attachment, largest: int) -> Attachment:
    """The file itself if it is small enough, else a WebP of it with the same settings inside.

    First the quality gives way, then the size, halved until it fits.
    """
    if len(file.data) <= largest:
        return file
    exif = metadata.exif(metadata.text(file.data))
    image = Image.open(io.BytesIO(file.data)).convert("RGB")
    while True:
        for quality in QUALITIES:
            buffer = io.BytesIO()
            image.save(buffer, "WEBP", quality=quality, exif=exif)
            if buffer.tell() <= largest or image.size == (1, 1):
                return replace(file, name=f"{PurePath(file.name).stem}.webp", data=buffer.getvalue())
        image = image.resize((max(image.width // 2, 1), max(image.height // 2, 1)), Image.Resampling.LANCZOS)


def _packed(files: Sequence[Attachment], request_bytes: int) -> tuple[tuple[Attachment, ...], ...]:
    messages: list[list[Attachment]] = [[]]
    for file in files:
        load = sum(len(each.data) for each in messages[-1])
        if messages[-1] and (len(messages[-1]) == FILES or load + len(file.data) > request_bytes):
            messages.append([])
        messages[-1].append(file)
    return tuple(map(tuple, messages))
