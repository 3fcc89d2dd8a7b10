"""Starting noise that is turned from one seed towards another.

Knows no pipeline: it turns what is drawn while it is in force, from the generator that it was given.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode


class TurnedNoise(TorchFunctionMode):
    """Within it, `torch.randn` from `generator` gives noise turned by `amount` towards that of `towards`.

    The generator itself is drawn from as ever, so with an amount of 0 everything is as without this mode, also what
    a stochastic sampler draws later.
    """

    def __init__(self, generator: torch.Generator, towards: torch.Generator, amount: float) -> None:
        super().__init__()
        self._generator = generator
        self._towards = towards
        self._amount = amount

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        drawn = func(*args, **(kwargs or {}))
        if func is not torch.randn or not kwargs or kwargs.get("generator") is not self._generator:
            return drawn
        other = func(*args, **{**kwargs, "generator": self._towards})
        return slerp(drawn, other, self._amount)


def slerp(start: torch.Tensor, end: torch.Tensor, amount: float) -> torch.Tensor:
    """Spherical interpolation of whole tensors; exactly `start` at 0 and `end` at 1, computed in double precision."""
    if amount <= 0:
        return start
    if amount >= 1:
        return end
    a, b = start.double(), end.double()
    cosine = (a.flatten() @ b.flatten() / (a.norm() * b.norm())).clamp(-1, 1)
    angle = cosine.arccos()
    if angle.sin().abs() < 1e-6:  # parallel: there is no arc to walk on
        return torch.lerp(a, b, amount).to(start.dtype)
    return (((1 - amount) * angle).sin() / angle.sin() * a + (amount * angle).sin() / angle.sin() * b).to(start.dtype)
