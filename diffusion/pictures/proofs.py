"""A preview on its way from the card: asked for in one tick, taken in a later one, so that no step waits for it."""

from collections.abc import Sequence

import torch
from PIL import Image

from diffusion.pictures.preview import sheet


class Proof:
    """The pictures of one preview, from their levels (h, w, 3), uint8."""

    def __init__(self, levels: Sequence[torch.Tensor]) -> None:
        self._here = [_fetched(each) for each in levels]
        self._fetched: torch.cuda.Event | None = None
        if levels and levels[0].device.type == "cuda":
            self._fetched = torch.cuda.Event()
            self._fetched.record(torch.cuda.current_stream(levels[0].device))

    @property
    def ready(self) -> bool:
        """Whether it has arrived; on a CPU it is there at once."""
        return self._fetched is None or self._fetched.query()

    def sheet(self, width: int, height: int) -> bytes:
        """The JPEG, of pictures that will be `width` x `height`. Only when it is ready."""
        return sheet([Image.fromarray(each.numpy()) for each in self._here], width, height)


def _fetched(levels: torch.Tensor) -> torch.Tensor:
    if levels.device.type != "cuda":
        return levels.cpu()
    here = torch.empty(levels.shape, dtype=levels.dtype, pin_memory=True)
    return here.copy_(levels, non_blocking=True)
