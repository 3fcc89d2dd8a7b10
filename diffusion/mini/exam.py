"""What the score asks for: held-out combinations with a place and a background, as prompt and as true drawing."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from . import measure
from .backgrounds import SETTINGS
from .captions import article
from .examination import Namer
from .objects import ON_LAND, ON_WATER
from .palette import PLAIN, clash
from .scenes import HELD, Lot, Scene, render
from .words import words

PLAINLY, SETTING = "plain", "setting"
"""The categories of questions."""
SIDES = ("left", "right", "top", "bottom")


@dataclass(frozen=True)
class Question:
    """One thing that is asked for."""

    seed: int
    colour: str
    noun: str
    background: str
    position: str | None = None

    @property
    def category(self) -> str:
        return SETTING if self.background in SETTINGS else PLAINLY

    @property
    def prompt(self) -> str:
        thing = article(f"{self.colour} {self.noun}")
        if self.background in SETTINGS:
            return f"{thing} {words().settings[self.background][0]}"
        where = f" {words().positions[self.position][0]}" if self.position else ""
        return f"{thing}{where}, {self.background} background"

    def drawing(self) -> Image.Image:
        """The true picture: what the drawing code makes of the question."""
        lot = Lot(random.Random(self.seed), held=True, background=self.background)
        thing = lot.placed(self.noun, self.colour, self.position)
        return render(Scene(self.seed, self.background, "single", lot.size, (thing,), position=self.position))


def on_plain_backgrounds() -> list[Question]:
    """Every held-out combination on each of four sides."""
    questions = []
    for number, (colour, noun) in enumerate(sorted(HELD)):
        free = [name for name in PLAIN if not clash(colour, name)]
        for turn, side in enumerate(SIDES):
            background = free[(number * 5 + turn * 3) % len(free)]
            questions.append(Question(number * 10 + turn, colour, noun, background, side))
    return questions


def in_settings() -> list[Question]:
    """Every held-out combination in two settings where it can be seen."""
    questions = []
    for number, (colour, noun) in enumerate(sorted(HELD)):
        free = [name for name in SETTINGS if fits(noun, name) and not clash(colour, name)]
        for turn in range(2):
            questions.append(Question(500 + number * 10 + turn, colour, noun, free[(number + turn) % len(free)]))
    return questions


def fits(noun: str, setting: str) -> bool:
    return noun not in ON_LAND if setting == "sea" else noun not in ON_WATER


Mark = Callable[[Question, Image.Image, str], bool]
"""Whether the picture, in which the judge sees this noun, answers the question."""

MARKS: dict[str, Mark] = {
    "colour": lambda asked, picture, noun: measure.thing_colour(picture) == asked.colour,
    "noun": lambda asked, picture, noun: noun == asked.noun,
    "position": lambda asked, picture, noun: measure.stands_at(picture, asked.position or "center"),
    "background": lambda asked, picture, noun: measure.background(picture) == asked.background,
}
IN_SETTINGS = ("noun", "background")
"""The marks that can be given in a landscape, where the thing's outline cannot be measured."""


def marks(questions: Sequence[Question], pictures: Sequence[Image.Image], judge: Namer) -> dict[str, float]:
    """The share of pictures that get each mark, 0 to 1, and “all” of them at once; apart for those in a setting."""
    answers = list(zip(questions, pictures, judge(pictures), strict=True))
    plain, settings = ([answer for answer in answers if answer[0].category == name] for name in (PLAINLY, SETTING))
    in_setting = {f"{mark} in a setting": share for mark, share in adherence(settings, IN_SETTINGS).items()}
    return adherence(plain, tuple(MARKS)) | in_setting


def adherence(answers: Sequence[tuple[Question, Image.Image, str]], names: Sequence[str]) -> dict[str, float]:
    """Nothing where nothing was asked."""
    given = {name: [MARKS[name](*answer) for answer in answers] for name in names}
    given["all"] = [all(told) for told in zip(*given.values(), strict=True)]
    return {name: sum(told) / len(told) for name, told in given.items() if told}
