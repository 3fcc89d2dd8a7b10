"""What a picture shows, drawn by lot from a seed, and the picture itself. Knows no captions.

The combinations in `HELD` are never drawn for training; they are what the score asks for.
"""

import random
from dataclasses import dataclass, field
from typing import Literal

from PIL import Image, ImageDraw

from .backgrounds import SETTINGS, Extras, draw_background
from .objects import DRAW, ON_LAND, ON_WATER, SHAPES, draw_thing
from .palette import COLOURS, PLAIN, clash

SIDE = 128
FINER = 3
"""Pictures are painted this many times larger and then reduced, for soft edges."""

HELD = frozenset(
    {
        ("purple", "star"),
        ("red", "tree"),
        ("green", "fish"),
        ("blue", "house"),
        ("orange", "heart"),
        ("pink", "triangle"),
        ("yellow", "boat"),
        ("white", "square"),
        ("red", "diamond"),
        ("blue", "mushroom"),
        ("green", "circle"),
        ("purple", "car"),
        ("orange", "flower"),
    }
)
"""Colour and noun, one pair for each noun."""

Kind = Literal["single", "several", "pair", "empty"]
MIX: dict[Kind, float] = {"single": 0.72, "several": 0.11, "pair": 0.15, "empty": 0.02}

PLACES: dict[str, tuple[float | None, float | None]] = {
    "left": (0.25, None),
    "right": (0.75, None),
    "top": (None, 0.25),
    "bottom": (None, 0.75),
    "center": (0.5, 0.5),
    "top left": (0.26, 0.26),
    "top right": (0.74, 0.26),
    "bottom left": (0.26, 0.74),
    "bottom right": (0.74, 0.74),
}
"""Where the centre lies, in shares of the side; None is about the middle of that axis."""

RADII = {"small": (0.10, 0.135), "medium": (0.16, 0.21), "large": (0.26, 0.33)}
"""Smallest and largest half-size, in shares of the side."""


@dataclass(frozen=True)
class Thing:
    """One drawn noun: its centre and half-size in shares of the picture's side."""

    noun: str
    colour: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Scene:
    """Everything that a picture shows; `position` and `relation` only where a caption may speak of them."""

    seed: int
    background: str
    kind: Kind
    size: str
    things: tuple[Thing, ...] = ()
    extras: Extras = field(default_factory=dict)
    position: str | None = None
    relation: str | None = None


Arrangement = tuple[tuple[Thing, ...], str | None, str | None]
"""The things, and the position or the relation that a caption may speak of."""


def render(scene: Scene) -> Image.Image:
    """The picture, SIDE x SIDE RGB; the same scene gives the same pixels."""
    rng = random.Random(scene.seed * 7 + 1)
    large = SIDE * FINER
    picture = Image.new("RGB", (large, large))
    draw_background(picture, rng, scene.background, scene.extras)
    for thing in scene.things:
        place = (thing.x * large, thing.y * large, thing.radius * large)
        draw_thing(ImageDraw.Draw(picture), rng, thing.noun, thing.colour, *place)
    return picture.reduce(FINER)


def sample_scene(seed: int, *, held: bool = False) -> Scene:
    """The scene of a seed: one that training may see, or (held) one whose combinations it never saw."""
    return Lot(random.Random(seed), held).scene(seed)


@dataclass
class Lot:
    """Draws the parts of one scene by lot."""

    rng: random.Random
    held: bool
    background: str = ""
    size: str = "medium"

    def scene(self, seed: int) -> Scene:
        self.background = self.draw_background()
        extras = self.draw_extras() if self.in_landscape else {}
        kind = self.draw_kind()
        self.size = self.rng.choice(("small", "medium", "medium", "large")[: 4 if kind == "single" else 3])
        things, position, relation = self.arrange(kind)
        return Scene(seed, self.background, kind, self.size, things, extras, position, relation)

    def arrange(self, kind: Kind) -> Arrangement:
        match kind:
            case "single":
                return self.single()
            case "several":
                return self.several()
            case "pair":
                return self.pair()
            case "empty":
                return (), None, None

    @property
    def in_landscape(self) -> bool:
        return self.background in SETTINGS

    def draw_background(self) -> str:
        if self.rng.random() < 0.5:
            return self.rng.choice(list(SETTINGS))
        return self.rng.choice([*PLAIN, "white", "black", "grey", "light blue"])

    def draw_extras(self) -> dict[str, str | None]:
        rng, night, extras = self.rng, self.background == "night", {}
        if not night and rng.random() < 0.3:
            extras["sun"] = rng.choice(("left", "right", None))
        if night and rng.random() < 0.5:
            extras["moon"] = rng.choice(("left", "right", None))
        if not night and not extras and rng.random() < 0.3:
            extras["clouds"] = None
        if rng.random() < 0.22:
            extras["mountains"] = None
        return extras

    def draw_kind(self) -> Kind:
        (kind,) = self.rng.choices(list(MIX), list(MIX.values()))
        return kind if kind != "empty" or self.in_landscape else "single"

    def single(self) -> Arrangement:
        colour, noun = self.pick()
        places = ("left", "right", "center") if self.stands(noun) else tuple(PLACES)
        position = self.rng.choice(places) if self.rng.random() < 0.75 else None
        return (self.placed(noun, colour, position),), position, None

    def placed(self, noun: str, colour: str, position: str | None) -> Thing:
        """One thing about where the position says, or (None) anywhere."""
        if position is None:
            return self.thing(noun, colour, self.rng.uniform(0.2, 0.8), self.rng.uniform(0.2, 0.8))
        x, y = (self.near(0.5 if value is None else value) for value in PLACES[position])
        return self.thing(noun, colour, x, y)

    def several(self) -> Arrangement:
        rng = self.rng
        colour, noun = self.pick()
        count = rng.choice((2, 2, 3))
        if count == 3:
            self.size = "small"
        upright = not self.stands(noun) and rng.random() < 0.3
        along = (0.28, 0.72) if count == 2 else (1 / 6, 1 / 2, 5 / 6)
        spots = [(self.near(place, 0.03), self.near(0.5, 0.06)) for place in along]
        return tuple(self.thing(noun, colour, *(spot[::-1] if upright else spot)) for spot in spots), None, None

    def pair(self) -> Arrangement:
        rng = self.rng
        first, second = self.pick(), self.pick()
        while second == first:
            second = self.pick()
        level = self.stands(first[1]) or self.stands(second[1])
        relation = rng.choice(("left", "right") if level else ("left", "right", "above", "below"))
        ends = (0.27, 0.73) if relation in ("left", "above") else (0.73, 0.27)
        spots = [(self.near(end), self.near(0.5)) for end in ends]
        if relation in ("above", "below"):
            spots = [spot[::-1] for spot in spots]
        things = [self.thing(noun, colour, *spot) for (colour, noun), spot in zip((first, second), spots, strict=True)]
        return tuple(things), None, relation

    def pick(self) -> tuple[str, str]:
        """A colour and a noun that can be seen here."""
        while True:
            noun, colour = self.rng.choice(self.nouns()), self.rng.choice(list(COLOURS))
            if ((colour, noun) in HELD) == self.held and not clash(colour, self.background):
                return colour, noun

    def nouns(self) -> list[str]:
        """Those that fit the background, the fitting ones more often."""
        if self.background == "sea":
            return [*SHAPES, *ON_WATER * 3]
        return [*SHAPES, *ON_LAND * 2] if self.in_landscape else list(DRAW)

    def stands(self, noun: str) -> bool:
        """Whether the noun has its own height in this landscape, so that only left and right are free."""
        return self.in_landscape and noun not in SHAPES

    def near(self, value: float, spread: float = 0.05) -> float:
        return value + self.rng.uniform(-spread, spread)

    def thing(self, noun: str, colour: str, x: float, y: float) -> Thing:
        """Puts a thing at this place, or at the height where it stands, wholly inside the picture."""
        radius = self.rng.uniform(*RADII[self.size])
        if self.stands(noun):
            y = self.standing_height(noun, radius)
        edge = radius + 0.02
        return Thing(noun, colour, min(max(x, edge), 1 - edge), min(max(y, edge), 1 - edge), radius)

    def standing_height(self, noun: str, radius: float) -> float:
        match noun:
            case "boat":
                return self.near(0.67, 0.04) - radius * 0.2
            case "fish":
                return self.rng.uniform(0.78, 0.86)
            case _:
                return self.near(0.72, 0.04) - radius * 0.45 + (0.04 if self.size == "large" else 0)
