"""Picture files, named by their content. Knows bytes and names, no rows: whether a file is still used is `history`'s
to say. Every touch of the disk is made in a thread."""

import asyncio
import os
import re
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from diffusion.request import Told

NAME = re.compile("[0-9a-f]{64}")


class Images:
    """The files of `folder`, which is made when the first one is saved."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.settling = asyncio.Lock()
        """Held from a file's save to its row, and from the finding that no row uses it to its end: in between, the
        same content may come to be used by somebody else."""

    async def save(self, data: bytes) -> str:
        """Its name, the SHA-256 in hex. On disk once it returns; the same content is kept once."""
        return await asyncio.to_thread(self._save, data)

    async def open(self, name: str) -> bytes:
        """`Told` if it is gone."""
        try:
            return await asyncio.to_thread(self.path(name).read_bytes)
        except FileNotFoundError as error:
            raise Told("That picture is no longer kept here; send it again as an attachment.") from error

    async def forget(self, name: str) -> None:
        """Also where it is gone already."""
        await asyncio.to_thread(self.path(name).unlink, missing_ok=True)

    def path(self, name: str) -> Path:
        """Where it is or would be. A name can come from a stranger's file: `Told` if it is none."""
        if not NAME.fullmatch(name):
            raise Told("The picture that this one grew from has no proper name; send it again as an attachment.")
        return self._folder / name[:2] / name

    def _save(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        path = self.path(name)
        if not (path.exists() and path.stat().st_size == len(data)):
            path.parent.mkdir(parents=True, exist_ok=True)
            _create(path, data)
        return name


def _create(path: Path, data: bytes) -> None:
    """All of it or nothing, also when the power fails in between."""
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as part:
        try:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
            part.close()
            Path(part.name).replace(path)
        except BaseException:
            part.close()
            Path(part.name).unlink(missing_ok=True)
            raise
    if os.name == "posix":  # the new names are on disk only once their folders are
        for folder in (path.parent, path.parent.parent):
            _fsync(folder)


def _fsync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
