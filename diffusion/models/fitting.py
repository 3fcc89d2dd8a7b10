"""The states that a model's shared parts are brought into for one request or another, right before a forward.

Requests with the same fitting share forwards; a part that is in the right state already is left as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from diffusion.pictures.image_prompt import ImagePrompts, Leaning
from diffusion.words.adapters import Active, Adapters


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What a request wants of the parts of its model."""

    tile: bool = False
    """Whether convolutions go on at the opposite edge."""
    adapters: Active = ()
    """The LoRAs that it is made with."""
    leaning: Leaning = None
    """What it takes of pictures beside the words."""


def fitter(
    part: torch.nn.Module, adapters: Adapters, image_prompts: ImagePrompts | None = None
) -> Callable[[Any], None]:
    """The function that brings this part into the state of a `Fitting`; `adapters` are those of its model, and
    `image_prompts` its IP-Adapter where this is the part that has it."""
    convolutions = _convolutions(part)
    generation, tile = adapters.generation, False

    def fit(wanted: Fitting) -> None:
        nonlocal convolutions, generation, tile
        grown = adapters.generation != generation
        if grown:
            convolutions, generation = _convolutions(part), adapters.generation
        if wanted.tile != tile or (grown and wanted.tile):
            for convolution in convolutions:
                convolution.padding_mode = "circular" if wanted.tile else "zeros"
        tile = wanted.tile
        adapters.switch(part, wanted.adapters)
        if image_prompts:
            image_prompts.fit(wanted.leaning)

    return fit


def _convolutions(part: torch.nn.Module) -> list[torch.nn.Conv2d]:
    return [module for module in part.modules() if isinstance(module, torch.nn.Conv2d)]
