"""What a score asks for, in types: questions, marks and the exam that holds them. Knows no model and no torch."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from PIL import Image

Marks = Mapping[str, float]
"""What was asked -> the share of answers that are right, 0 to 1."""
Namer = Callable[[Sequence[Image.Image]], Sequence[str]]
"""A judge: the noun that each picture shows, or `lessons.NOTHING`."""


class Question(Protocol):
    """A picture that is asked for."""

    @property
    def prompt(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def category(self) -> str: ...
    def drawing(self) -> Image.Image:
        """The true picture."""
        ...


@dataclass(frozen=True)
class Removal:
    """A picture from which a negative prompt is to take something away."""

    prompt: str
    seed: int
    seen: Callable[[Image.Image], str]
    """What of the picture the negative prompt is to name; empty where it is not there."""
    kept: Callable[[Image.Image], bool]
    """Whether the rest of what was asked for is still there, so that an empty picture is no removal."""


@dataclass(frozen=True)
class Repainting:
    """A true drawing with one thing on its left, whose right half is to be painted anew with another thing."""

    source: Question
    wanted: Question
    """The true drawing of what is to come on the right."""
    kept: str
    """The colour of the left thing."""
    prompt: str
    colour: str
    noun: str


Asked = TypeVar("Asked", bound=Question)


@dataclass(frozen=True)
class Exam(Generic[Asked]):
    """All that a score asks, and how the answers are marked."""

    questions: Sequence[Asked]
    marks: Callable[[Sequence[Asked], Sequence[Image.Image], Namer], Marks]
    """Of any of the questions, in any order."""
    some: Sequence[Asked]
    """For the sweeps of guidance and steps."""
    shown: Sequence[Asked]
    """For a grid to look at."""
    redrawings: Mapping[str, Sequence[tuple[Asked, Asked]]]
    """For image-to-image: whose true drawing is sent towards whose prompt."""
    removals: Mapping[str, Sequence[Removal]]
    repaintings: Sequence[Repainting]
    alike: Sequence[Sequence[Asked]]
    """Groups that ask for the same with other seeds."""
    uncoloured: Sequence[str]
    """Prompts for one thing whose colour they leave open, on a plain background."""
    colour_of: Callable[[Image.Image], str]
    """The colour of the thing on a plain background; empty if there is none."""
    lesson: Callable[[int], tuple[Image.Image, str]]
    """A true picture for the judge, and what it shows, by seed."""
    unseen: int
    """The first of the seeds that neither the model nor the judge has learned from."""
    lessons: int
    answers: Sequence[str]
    """What the judge tells apart."""
    sides: tuple[int, ...]
    """The sides of the square pictures of which the time is taken."""


def shuffled(questions: Sequence[Asked]) -> list[Asked]:
    """The same, each in the place of another one of its category, if that has any other."""
    by_category: dict[str, list[int]] = {}
    for number, question in enumerate(questions):
        by_category.setdefault(question.category, []).append(number)
    found = list(questions)
    for numbers in by_category.values():
        order = random.Random(0).sample(numbers, len(numbers))
        for number, other in zip(order, [*order[1:], order[0]], strict=True):
            found[number] = questions[other]
    return found
