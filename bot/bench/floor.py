"""The floor: what the arithmetic of a picture would take if nothing else did: counted FLOPs over a rate."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

HALVES = {"bfloat16", "float16"}
CARDS = (
    ("H200", 790e12, "what its large matrix products in bf16 reach"),
    ("H100 80GB HBM3", 790e12, "what its large matrix products in bf16 reach"),
    ("A100", 312e12, "by its data sheet, bf16 without sparsity"),
)
"""Of known cards, by a part of their name: FLOPs a second in half precision, and how that is known."""
SIDES = {"cuda": 8192, "mps": 4096, "cpu": 2048}
"""Rows and columns of the matrices whose product is timed."""
TRIALS = 7


@dataclass(frozen=True, slots=True)
class Work:
    """What pictures compute, in FLOPs; a multiplication with its addition counts as two."""

    row: float
    """One row of one forward of the denoiser."""
    once: float
    """All the rest of a picture: its words and its decoding."""
    rows: tuple[int, ...] = ()
    """Of each picture, over all its forwards."""

    @property
    def picture(self) -> float:
        """The mean."""
        return self.once + self.row * statistics.fmean(self.rows)


@dataclass(frozen=True, slots=True)
class Floor:
    work: Work
    rate: float
    """FLOPs a second."""
    known: str
    """How the rate is known."""

    @property
    def seconds(self) -> float:
        """Of one picture."""
        return self.work.picture / self.rate


def card_rate(name: str, dtype: str) -> tuple[float, str] | None:
    """The rate of a card that is known in that precision, and how."""
    known = ((rate, how) for part, rate, how in CARDS if part in name and dtype in HALVES)
    return next(known, None)


def measured_rate(device: "torch.device", dtype: "torch.dtype") -> float:
    """FLOPs a second of a product of two large square matrices of random numbers."""
    import torch

    side = SIDES.get(device.type, 2048)
    left, right = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    with torch.inference_mode():
        return 2 * side**3 / min(seconds_of(lambda: left @ right, device, TRIALS))


def seconds_of(compute: Callable[[], Any], device: "torch.device", trials: int) -> list[float]:
    """Of each, after one that does not count."""
    compute()
    finish(device)
    seconds = []
    for _ in range(trials):
        begun = time.perf_counter()
        compute()
        finish(device)
        seconds.append(time.perf_counter() - begun)
    return seconds


def finish(device: "torch.device") -> None:
    """Waits for what a card has been sent."""
    import torch

    match device.type:
        case "cuda":
            torch.cuda.synchronize(device)
        case "mps":
            torch.mps.synchronize()
