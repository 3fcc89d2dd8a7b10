"""What is to be measured, and the reading of it from the command line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import sizes as drawable
from bot.bench.people import Size
from bot.bench.weights import FAMILIES
from diffusion.registry import ModelSpec
from diffusion.request import Told

MOST = 64
"""People at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    model: str = ""
    """A name of the configuration; "" is this machine's default."""
    random_weights: str = ""
    """A name of `FAMILIES` instead: a model with its shape, and no more."""
    sizes: tuple[Size, ...] = ()
    """Nothing for the square that the model was trained on."""
    people: tuple[int, ...] = (1, 2, 4, 8, 16)
    """In rising order."""
    profile: bool = False
    pictures: int = 8
    """That each number of people is measured with, or as many as they are."""
    part: float = 1.0
    """Of the steps that people usually ask for."""
    rounds: int = 1
    """How often each number of people is measured; the median counts."""
    turns: int = 5
    """How often one person alone is compared with plain diffusers; the median counts."""
    cancels: int = 12
    commands: int = 20
    """Sent to the bot while the model is busy."""

    def sizes_for(self, spec: ModelSpec) -> tuple[Size, ...]:
        """The smallest first. `Told` where the model cannot draw one of them."""
        for width, height in self.sizes:
            if not drawable.fits(width, height, spec):
                raise Told(f"{width}x{height} is no size for {spec.name}; choose one like {drawable.example(spec)}.")
        return tuple(sorted(self.sizes, key=lambda size: size[0] * size[1])) or ((spec.size, spec.size),)


QUICK: dict[str, Any] = {"people": (1, 2), "pictures": 2, "part": 0.2, "turns": 1, "cancels": 2, "commands": 3}
"""Says whether everything can be measured, hardly how fast it is."""


def read(
    *,
    model: str,
    random_weights: str,
    sizes: Sequence[str],
    people: str | None,
    rounds: int,
    quick: bool,
    profile: bool,
) -> Plan:
    """The options of the command line, as they were typed. `Told` where one cannot be meant."""
    if random_weights and random_weights not in FAMILIES:
        raise Told(f"There are no random weights “{random_weights}”; there are: {', '.join(FAMILIES)}.")
    if random_weights and model:
        raise Told("--random-weights makes a model of its own; leave --model out.")
    values: dict[str, Any] = (QUICK if quick else {}) | ({"people": read_people(people)} if people else {})
    return Plan(
        model=model,
        random_weights=random_weights,
        sizes=tuple(dict.fromkeys(map(read_size, sizes))),
        rounds=rounds,
        profile=profile,
        **values,
    )


def read_people(text: str) -> tuple[int, ...]:
    """ "1,2,4" as rising numbers."""
    if not re.fullmatch(r"\d+(\s*,\s*\d+)*", text.strip()):
        raise Told(f"--people wants numbers with commas between them, like 1,2,4,8; “{text}” is something else.")
    people = tuple(sorted({int(number) for number in text.split(",")}))
    if people[0] < 1 or people[-1] > MOST:
        raise Told(f"--people wants numbers from 1 to {MOST}; “{text}” has others.")
    return people


def read_size(text: str) -> Size:
    """ "768x512" as width and height."""
    if not (sides := re.fullmatch(r"(\d{1,5})[x×X](\d{1,5})", text.strip())):
        raise Told(f"--size wants width x height in pixels, like 512x512; “{text}” is something else.")
    return int(sides[1]), int(sides[2])
