"""What the command lines of the built-in model check before they begin, so that no work is lost at its end."""

from pathlib import Path
from typing import Any

import click
from PIL import Image


class PictureFile(click.Path):
    """A picture to be written: its folder must be there, and its ending one that Pillow writes."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(str(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"there is no folder {path.parent}; make it first.", param, ctx)
        Image.init()
        if Image.registered_extensions().get(path.suffix.lower()) not in Image.SAVE:
            self.fail(f"no picture can be written as “{path.name}”; end it in .png.", param, ctx)
        return path
