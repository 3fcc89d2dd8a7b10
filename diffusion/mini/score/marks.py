"""Marks pictures that answer the questions: what is measured of them, by category and in all; nouns by a judge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from diffusion.mini.illustrator.scene import PLAIN

from . import measure
from .measures import measured_rightly
from .questions import CATEGORIES, Question

Marks = Mapping[str, float]
"""What was asked -> the share of answers that are right, 0 to 1."""
Namer = Callable[[Sequence[Image.Image]], Sequence[str]]
"""A judge: the noun that each picture shows, or `lessons.NOTHING`."""

SIDE = 128
APART = ("left", "right", "above", "below", "between")
"""The relations in which nothing touches, so that each thing can be cut out and judged by itself."""
MARGIN = 0.35
"""How much of its longer side is cut out with a thing on every side of it."""


@dataclass(frozen=True)
class Answer:
    """`measured` is what the category asks for, `named` whether the judge sees the noun, or both nouns."""

    question: Question
    measured: bool
    named: bool
    coloured: bool
    """Whether a thing alone has its colour; True for several kinds, whose category asks for their colours."""
    backed: bool
    """Whether the plain background has its colour; both colours are measured in the flat style alone."""

    @property
    def is_right(self) -> bool:
        return self.measured and self.named and self.coloured and self.backed


def marks(questions: Sequence[Question], pictures: Sequence[Image.Image], judge: Namer) -> dict[str, float]:
    """The share of answers that are right, 0 to 1, for each mark that these questions ask for."""
    answers = [
        Answer(
            question,
            measured_rightly(question, picture),
            named,
            has_its_colour(question, picture),
            has_its_background(question, picture),
        )
        for question, picture, named in zip(questions, pictures, named_rightly(questions, pictures, judge), strict=True)
    ]
    told = {
        name: [right(answer) for answer in answers if asked(answer.question)] for name, (asked, right) in MARKS.items()
    }
    return {name: sum(some) / len(some) for name, some in told.items() if some}


def named_rightly(questions: Sequence[Question], pictures: Sequence[Image.Image], judge: Namer) -> list[bool]:
    """Whether the judge sees the noun of each picture. Two things are judged apart, unless they touch; of several that
    are alike one is judged."""
    views = [views_of(*pair) for pair in zip(questions, pictures, strict=True)]
    flat = [(number, noun, view) for number, some in enumerate(views) for noun, view in some]
    seen = judge([view for _, _, view in flat]) if flat else []
    wrong = {number for (number, noun, _), name in zip(flat, seen, strict=True) if noun != name}
    return [number not in wrong for number in range(len(questions))]


def views_of(question: Question, picture: Image.Image) -> list[tuple[str, Image.Image]]:
    """The nouns that are to be seen, each with the part of the picture in which it is."""
    groups = question.scene.groups
    if not judged(question):
        return []
    if len(groups) == 1 and groups[0].count == 1:
        return [(groups[0].noun, as_the_judge_sees(picture))]
    return [(group.noun, cut_out(picture, group.colour)) for group in groups]


def has_its_colour(question: Question, picture: Image.Image) -> bool:
    groups = question.scene.groups
    return not tells_colours(question) or len(groups) != 1 or measure.thing_colour(picture) == groups[0].colour


def has_its_background(question: Question, picture: Image.Image) -> bool:
    return not tells_colours(question) or measure.background_of(picture) == question.scene.setting.colour


def tells_colours(question: Question) -> bool:
    return question.scene.style == "flat" and question.scene.setting.land == PLAIN


def as_the_judge_sees(picture: Image.Image) -> Image.Image:
    """With its shorter side as long as in the pictures that the judge has learned from."""
    scale = SIDE / min(picture.size)
    return picture if scale == 1 else picture.resize((round(picture.width * scale), round(picture.height * scale)))


def cut_out(picture: Image.Image, colour: str) -> Image.Image:
    """The thing that has most of this colour, with some of what is about it, as large as a picture; all of the
    picture where nothing has the colour."""
    mask = measure.mask_of(picture, colour)
    if mask.mean() < measure.SMALLEST:
        return picture
    piece = max(measure.pieces(picture), key=lambda piece: mask[::2, ::2][tuple(piece.T)].sum()) * 2
    (top, left), (bottom, right) = piece.min(axis=0), piece.max(axis=0)
    side = min(max(right - left, bottom - top) * (1 + 2 * MARGIN) + 4, *picture.size)
    x, y = (
        min(max((first + last - side) / 2, 0), length - side)
        for first, last, length in ((left, right, picture.width), (top, bottom, picture.height))
    )
    return picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, (x, y, x + side, y + side))


def judged(question: Question) -> bool:
    """Whether every noun can be seen by itself."""
    return len(question.scene.groups) == 1 or question.scene.relation in APART


def of(*categories: str) -> Callable[[Question], bool]:
    return lambda question: question.category in categories


def measured(answer: Answer) -> bool:
    return answer.measured


def named(answer: Answer) -> bool:
    return answer.named


def both(answer: Answer) -> bool:
    return answer.measured and answer.named


MARKS: dict[str, tuple[Callable[[Question], bool], Callable[[Answer], bool]]] = {
    **{category: (of(category), measured) for category in CATEGORIES},
    "binding": (of("binding"), both),
    "count to three": (lambda question: of("count")(question) and question.scene.groups[0].count <= 3, measured),
    "noun": (of("colour", "position", "size"), named),
    "noun in a style": (of("style"), named),
    "noun in a setting": (of("setting"), named),
    "noun of several": (lambda question: question.category == "count" and question.scene.groups[0].count > 1, named),
    "nouns of two or three": (lambda question: question.scene.relation in APART, named),
    "background": (tells_colours, lambda answer: answer.backed),
    "all": (judged, lambda answer: answer.is_right),
}
"""The name of a mark -> which questions get it, and when it is given."""
