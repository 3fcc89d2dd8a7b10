"""The states that a model's shared parts are brought into for one request or another, right before a forward.

Requests with the same fitting share forwards; a part that is in the right state already is left as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What a request wants of the parts of its model."""

    tile: bool = False
    """Whether convolutions go on at the opposite edge."""


def fitter(part: torch.nn.Module) -> Callable[[Any], None]:
    """The function that brings this part into the state of a `Fitting`."""
    convolutions = [module for module in part.modules() if isinstance(module, torch.nn.Conv2d)]
    state = Fitting()

    def fit(wanted: Fitting) -> None:
        nonlocal state
        if wanted.tile != state.tile:
            for convolution in convolutions:
                convolution.padding_mode = "circular" if wanted.tile else "zeros"
        state = wanted

    return fit
