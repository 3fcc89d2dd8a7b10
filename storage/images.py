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

    async def old(self, before: float) -> list[str]:
        """Those that were saved for the last time before then, in seconds of the Unix clock."""
        return await asyncio.to_thread(lambda: [path.name for path in self._old(before) if NAME.fullmatch(path.name)])

    async def forget_old(self, name: str, before: float) -> bool:
        """Whether it was still so old, and went."""
        return await asyncio.to_thread(_unlink_old, self.path(name), before)

    async def forget_parts(self, before: float) -> int:
        """What saves that were killed left behind; how many there were."""
        return await asyncio.to_thread(
            lambda: sum(_unlink_old(path, before) for path in self._old(before) if path.name.startswith("."))
        )

    def path(self, name: str) -> Path:
        """Where it is or would be. A name can come from a stranger's file: `Told` if it is none."""
        if not NAME.fullmatch(name):
            raise Told("The picture that this one grew from has no proper name; send it again as an attachment.")
        return self._folder / name[:2] / name

    def _save(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        path = self.path(name)
        if not _kept(path, len(data)):
            path.parent.mkdir(parents=True, exist_ok=True)
            _create(path, data)
        return name

    def _old(self, before: float) -> list[Path]:
        return [path for path in self._folder.glob("??/*") if _is_old(path, before)]


def _kept(path: Path, size: int) -> bool:
    """Whether it is there as a whole; then it counts as saved now."""
    try:
        os.utime(path)
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _is_old(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False


def _unlink_old(path: Path, before: float) -> bool:
    old = _is_old(path, before)
    if old:
        path.unlink(missing_ok=True)
    return old


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
