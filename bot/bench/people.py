"""Who asks for what: people with mixed steps and samplers."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import cycle, islice

from diffusion.registry import ModelSpec
from diffusion.request import Request

MIXED = (("DDIM", 20), ("Euler", 15), ("Euler a", 25), ("DPM++ 2M", 20), ("UniPC", 12), ("Heun", 10), ("DDIM", 30),
         ("DPM++ 2M Karras", 18))  # fmt: skip
"""Samplers with their steps: what eight people ask for of a model with `STEPS` steps or more."""
STEPS = 20
PROMPT = "a red circle on a blue background"

Size = tuple[int, int]
Mix = Sequence[tuple[str, int]]


def usual(spec: ModelSpec, size: Size, part: float = 1.0) -> Request:
    """One picture with the model's own settings; `part` of the steps, and no fewer than two."""
    width, height = size
    return Request(
        prompt=PROMPT,
        model=spec.name,
        width=width,
        height=height,
        steps=max(2, round(spec.steps * part)),
        guidance=spec.guidance,
        sampler=spec.sampler,
        seed=7,
    )


def mix(spec: ModelSpec, known: Collection[str]) -> Mix:
    """What eight people ask for of this model, of whose samplers only some are `known`: its own instead of others, and
    fewer steps where it takes few."""
    few = min(1.0, spec.steps / STEPS)
    return [(sampler if sampler in known else spec.sampler, max(2, round(steps * few))) for sampler, steps in MIXED]


def mixed(spec: ModelSpec, size: Size, number: int, part: float = 1.0, mix: Mix = MIXED) -> list[Request]:
    """What so many people ask for; `part` of the steps, and no fewer than two."""
    asked = enumerate(islice(cycle(mix), number))
    return [
        replace(usual(spec, size), sampler=sampler, steps=max(2, round(steps * part)), seed=seed)
        for seed, (sampler, steps) in asked
    ]
