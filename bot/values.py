"""The kinds of values that flags and options take: how a text is read, and how to say what is wanted.

Each kind reads a text or raises ValueError; `Told` where it can name what was meant.
"""

import re
from dataclasses import dataclass
from typing import Any, Protocol

from bot.config import Limits
from bot.sizes import WIDEST, Size
from diffusion.registry import ModelSpec, Registry
from diffusion.samplers import SAMPLERS, sampler

RANDOM = ("random", "-1", "new")
"""Seeds that ask for one to be drawn."""
SWITCHES = {"": True, "yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
NONE = ("none", "nothing")
"""Takes away what a parent would hand down."""
SHAPES = {"square": 1.0, "landscape": 3 / 2, "portrait": 2 / 3, "wide": 16 / 9, "tall": 9 / 16}


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in this installation."""

    registry: Registry
    limits: Limits
    model: str = ""
    """The one that was named so far, if any."""

    @property
    def spec(self) -> ModelSpec:
        return self.registry[self.model]


class Kind(Protocol):
    def read(self, text: str, rules: Rules) -> Any: ...

    def wants(self, rules: Rules) -> str:
        """Ends the sentence "`--flag` wants …"."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """Any text; given more than once, all of it counts."""

    def read(self, text: str, rules: Rules) -> str:
        if not text:
            raise ValueError
        return "" if text.lower() in NONE else text

    def wants(self, rules: Rules) -> str:
        return "a few words, or “none”"


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number; `most` may name a limit of config.toml."""

    least: int
    most: int | str

    def read(self, text: str, rules: Rules) -> int:
        value = int(text)
        if not self.least <= value <= self._most(rules):
            raise ValueError
        return value

    def wants(self, rules: Rules) -> str:
        return f"a whole number from {self.least} to {self._most(rules)}"

    def _most(self, rules: Rules) -> int:
        return getattr(rules.limits, self.most) if isinstance(self.most, str) else self.most


@dataclass(frozen=True, slots=True)
class Seed:
    """A whole number, or None for one to be drawn."""

    def read(self, text: str, rules: Rules) -> int | None:
        if text.lower() in RANDOM:
            return None
        value = int(text)
        if not 0 <= value < 2**32:
            raise ValueError
        return value

    def wants(self, rules: Rules) -> str:
        return f"a whole number from 0 to {2**32 - 1}, or “random”"


@dataclass(frozen=True, slots=True)
class Decimal:
    """A number; "7,5" and "60%" are read as well."""

    least: float
    most: float

    def read(self, text: str, rules: Rules) -> float:
        percent = text.endswith("%")
        value = float(text.rstrip("%").replace(",", ".")) / (100 if percent else 1)
        if not self.least <= value <= self.most:  # nan is refused here as well
            raise ValueError
        return value

    def wants(self, rules: Rules) -> str:
        return f"a number from {self.least:g} to {self.most:g}"


@dataclass(frozen=True, slots=True)
class Switch:
    """On where the flag stands, alone or before a word that says so."""

    def read(self, text: str, rules: Rules) -> bool:
        if text.lower() not in SWITCHES:
            raise ValueError
        return SWITCHES[text.lower()]

    def wants(self, rules: Rules) -> str:
        return "nothing after it"


@dataclass(frozen=True, slots=True)
class Ratio:
    """Width to height as one number."""

    def read(self, text: str, rules: Rules) -> float:
        if text.lower() in SHAPES:
            return SHAPES[text.lower()]
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:[:/x×]\s*(\d+(?:\.\d+)?))?", text, re.ASCII | re.IGNORECASE)
        if not match or not float(match[2] or 1):
            raise ValueError
        ratio = float(match[1]) / float(match[2] or 1)
        if not 1 / WIDEST <= ratio <= WIDEST:
            raise ValueError
        return ratio

    def wants(self, rules: Rules) -> str:
        return f"width to height, from 1:{WIDEST:.0f} to {WIDEST:.0f}:1"


@dataclass(frozen=True, slots=True)
class Pixels:
    """Width and height; one number is a square."""

    def read(self, text: str, rules: Rules) -> Size:
        match = re.fullmatch(r"(\d{1,5})(?:\s*[x×*, ]\s*(\d{1,5}))?", text, re.ASCII | re.IGNORECASE)
        if not match:
            raise ValueError
        return int(match[1]), int(match[2] or match[1])

    def wants(self, rules: Rules) -> str:
        return "width and height in pixels"


@dataclass(frozen=True, slots=True)
class SamplerName:
    def read(self, text: str, rules: Rules) -> str:
        if not text:
            raise ValueError
        return sampler(text).name

    def wants(self, rules: Rules) -> str:
        return f"one of: {', '.join(SAMPLERS)}"


@dataclass(frozen=True, slots=True)
class ModelName:
    def read(self, text: str, rules: Rules) -> str:
        if not text:
            raise ValueError
        names = {name.lower(): name for name in rules.registry.models}
        return rules.registry[names.get(text.lower(), text)].name

    def wants(self, rules: Rules) -> str:
        return f"one of: {', '.join(rules.registry.models)}"
