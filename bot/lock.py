"""One Darkroom for one data folder: two would answer every command twice. Knows files, not what is kept in them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from diffusion.request import Told


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder, made if it is missing, until the block or the process ends. `Told` where another holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("a")
    except OSError as error:
        raise Told(f"{folder} cannot be written ({error.strerror}); set “data” to a folder of yours.") from error
    with file:
        try:
            _lock(file)
        except OSError as error:
            raise Told(f"Another Darkroom works in {folder}; end that one first, or set another “data”.") from error
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
