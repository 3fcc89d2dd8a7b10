"""Where the command line's pictures go: their names, their formats, and what is never overwritten."""

import io
import itertools
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
        """Writes the pictures; the files with their bytes, in order. Each gets the first name that is free."""
        return [self._write(picture, self._names(request, picture, len(pictures))) for picture in pictures]

    def _write(self, picture: Developed, names: Iterator[Path]) -> tuple[Path, bytes]:
        while True:
            path = next(names)
            data = _encoded(picture.image, FORMATS[path.suffix.lower()])
            try:
                with path.open("xb") as file:
                    file.write(data)
            except FileExistsError:
                continue
            except OSError as error:
                raise _unwritable(path, error.strerror) from error
            return path, data

    def _names(self, request: Request, picture: Developed, count: int) -> Iterator[Path]:
        """Without an end: the plain one and numbered ones, or only these where a file was named for several."""
        slug = re.sub(r"\W+", "-", request.prompt.casefold())[:SLUG].strip("-_") or "picture"
        plain = self._file or self._folder / f"{slug}-{picture.seed}.png"
        several = self._file is not None and count > 1
        if not several:
            yield plain
        for number in itertools.count(1 if several else 2):
            yield plain.with_stem(f"{plain.stem}-{number}")


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
