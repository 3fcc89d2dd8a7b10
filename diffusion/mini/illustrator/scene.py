"""What a picture shows, as a person would say it. Knows no places in pixels, no drawing, no words.

Everything else about the picture (where exactly, how high the horizon, which way a car looks) follows from the seed and
the shape of the picture.
"""

from dataclasses import dataclass

from .colours import ALIKE, COLOURS
from .noun import Habit
from .nouns import NOUNS

LANDS = ("meadow", "snow", "sea", "desert", "forest", "city")
HOURS = ("day", "sunset", "night")
SPACE, PLAIN = "space", "plain"
STYLES = ("flat", "sketch", "pixel art", "watercolour", "neon", "blueprint")
SIZES = ("small", "medium", "large")
PLACES = ("left", "right", "top", "bottom", "centre", "top left", "top right", "bottom left", "bottom right")
RELATIONS = ("left", "right", "above", "below", "on", "behind", "between")
EXTRAS = ("sun", "moon", "clouds", "mountains")
"""What a land may show besides its things."""
MOST = 4
"""The largest count that is drawn."""

BACKGROUNDS = (*COLOURS, "light blue", "light green")
"""The colours of plain backgrounds."""


@dataclass(frozen=True)
class Setting:
    """Where it is: a land at an hour, space, or a plain colour."""

    land: str
    hour: str = ""
    colour: str = ""

    @property
    def is_land(self) -> bool:
        return self.land in LANDS


@dataclass(frozen=True)
class Group:
    """Some things that are alike."""

    noun: str
    colour: str
    size: str = "medium"
    count: int = 1

    @property
    def habit(self) -> Habit:
        return NOUNS[self.noun].habit


@dataclass(frozen=True)
class Scene:
    """`place` is where the only group is; `relation` is what the first group is to the others (one, or two if between).

    An empty place or relation is one that a caption must not speak of.
    """

    seed: int
    setting: Setting
    groups: tuple[Group, ...] = ()
    style: str = "flat"
    place: str = ""
    relation: str = ""
    extras: tuple[str, ...] = ()


LOST: dict[str, tuple[str, ...]] = {
    "meadow": ("green",),
    "snow": ("white",),
    "sea": ("blue", "turquoise"),
    "desert": ("brown", "orange", "yellow"),
    "forest": ("green", "brown"),
    "city": ("grey",),
    "space": ("black",),
    "day": ("turquoise",),
    "sunset": ("purple", "brown"),
    "night": ("black", "purple"),
    "neon": ("black", "brown", "grey"),
    "watercolour": ("white",),
}
"""The colours that are hard to see in a land, an hour or a style; one that a noun has by itself is always drawn."""


def lost(group: Group, setting: Setting, style: str) -> bool:
    """Whether a group would hardly be seen."""
    if style == "blueprint":
        return False
    if group.colour in LOST.get(style, ()):
        return True
    if setting.land == PLAIN:
        behind = setting.colour.removeprefix("light ")
        return group.colour == behind or (setting.colour == behind and frozenset((group.colour, behind)) in ALIKE)
    hour = LOST.get(setting.hour, ()) if group.habit in ("flies", "hovers") or setting.hour != "day" else ()
    return group.colour not in NOUNS[group.noun].usual and group.colour in (*LOST[setting.land], *hour)
