"""What a noun is: how it is drawn, where it belongs, the colours it has by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .figure import Figure

Habit = Literal["hovers", "stands", "flies", "sails", "swims"]
"""Where it is found in a landscape: anywhere, on the ground, in the sky, on the water, in the water."""


@dataclass(frozen=True)
class Noun:
    """`usual` are the colours that it has when nobody names one."""

    draw: Callable[[Figure], None]
    habit: Habit
    usual: tuple[str, ...]
    carries: float | None = None
    """How far below its highest point something can stand on it, as a share of its height; None if nothing can."""
    scale: float = 1.0
    """Its size beside that of the other nouns that are asked for in the same size."""
