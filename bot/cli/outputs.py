"""Where the command line's pictures go: their names, their formats, and what is never overwritten."""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from diffusion import metadata
from diffusion.request import Developed, Request, Told

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
QUALITY = 95
SLUG = 60
"""Characters of the prompt in a name of our own."""


class Output:
    """The place that `-o` names: a file, a folder for names of our own, or nothing for those in this folder."""

    def __init__(self, wanted: Path | None):
        """Creates the folders on the way there. `Told` where nothing can be written or the suffix is no format."""
        named = wanted is not None and not wanted.is_dir()
        self._file = wanted.with_suffix(wanted.suffix or ".png") if wanted and named else None
        self._folder = (self._file.parent if self._file else wanted) or Path()
        if self._file and self._file.suffix.lower() not in FORMATS:
            raise Told(f"{self._file.suffix} is no format for a picture; end the name in {', '.join(FORMATS)}.")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self._folder, error.strerror) from error
        if not os.access(self._folder, os.W_OK):
            raise _unwritable(self._folder, "not permitted")

    def save(self, request: Request, pictures: tuple[Developed, ...]) -> list[tuple[Path, bytes]]:
        """Writes the pictures; the files with their bytes, in order. Only the file that was named is overwritten."""
        written = []
        for index, picture in enumerate(pictures):
            path = self._path(request, picture, index, len(pictures))
            data = _encoded(picture.image, FORMATS[path.suffix.lower()])
            try:
                path.write_bytes(data)
            except OSError as error:
                raise _unwritable(path, error.strerror) from error
            written.append((path, data))
        return written

    def _path(self, request: Request, picture: Developed, index: int, count: int) -> Path:
        if self._file:
            return self._file if count == 1 else self._file.with_stem(f"{self._file.stem}-{index + 1}")
        return next(path for path in self._own_names(request, picture) if not path.exists())

    def _own_names(self, request: Request, picture: Developed) -> Iterator[Path]:
        slug = re.sub(r"\W+", "-", request.prompt.casefold())[:SLUG].strip("-_") or "picture"
        name, number = f"{slug}-{picture.seed}", 1
        while True:
            yield self._folder / (f"{name}.png" if number == 1 else f"{name}-{number}.png")
            number += 1


def _encoded(png: bytes, kind: str) -> bytes:
    """The picture in that format, still carrying its settings."""
    if kind == "PNG":
        return png
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(buffer, kind, quality=QUALITY, exif=metadata.exif(metadata.text(png)))
    return buffer.getvalue()


def _unwritable(path: Path, reason: str | None) -> Told:
    return Told(f"{path} cannot be written ({reason}); name another place with -o.")
