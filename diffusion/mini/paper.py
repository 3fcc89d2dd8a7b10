"""The exam of the first drawing code: which questions, what image-to-image, negative prompts and masks have to do."""

from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from . import measure
from .captions import article
from .exam import Question, in_settings, marks, on_plain_backgrounds
from .examination import Exam, Removal, Repainting
from .objects import DRAW
from .palette import clash
from .sweeps import ALIKE
from .train.lessons import ANSWERS, FIRST_SEED, lesson

UNSEEN = FIRST_SEED + 500_000_000


def exam(quick: bool = False) -> Exam[Question]:
    """The same always; the quick one asks a fifth."""
    every = 5 if quick else 1  # no divisor of the sides, so that each is asked for
    plain, settings = on_plain_backgrounds()[::every], in_settings()[::every]
    sources = plain[:: 1 if quick else 2]
    open_groups = plain[:: len(plain) // (2 if quick else 6)]
    return Exam(
        questions=[*plain, *settings],
        marks=marks,
        some=plain[:: 2 if quick else 3],
        shown=[*plain, *settings],
        redrawings={"image to image": list(zip(sources, [*sources[1:], sources[0]], strict=True))},
        removals={"thing in the sky": things()[: 24 // every], "colour": colours()[: 39 // every]},
        repaintings=repaintings(plain),
        alike=[[replace(one, seed=seed, position=None) for seed in range(ALIKE)] for one in open_groups],
        uncoloured=[f"{article(thing)}, grey background" for thing in some_things(len(open_groups))],
        colour_of=measure.thing_colour,
        lesson=lesson,
        unseen=UNSEEN,
        lessons=2000 // every,
        answers=ANSWERS,
        sides=(128,),
    )


def some_things(count: int) -> list[str]:
    return list(DRAW)[:: max(1, len(DRAW) // count)][:count]


def things() -> list[Removal]:
    """A sun or a moon that is asked for."""
    cases = [
        (what, f"{article(f'{colour} {noun}')} {where} with a {what}")
        for what, where in (("sun", "on a sunny day"), ("moon", "at night"))
        for colour, noun in (("red", "car"), ("blue", "flower"), ("purple", "mushroom"), ("pink", "heart"))
    ] * 3
    return [Removal(prompt, 2_000 + number, seen_above(what)) for number, (what, prompt) in enumerate(cases)]


def seen_above(what: str):
    def seen(picture: Image.Image) -> str:
        return f"a {what}" if measure.in_the_sky(picture, what) else ""

    return seen


def colours() -> list[Removal]:
    """The colour that a thing gets when none is asked for."""
    cases = [(noun, background) for background in ("white", "black", "grey") for noun in DRAW]
    return [
        Removal(f"{article(noun)}, {background} background", 3_000 + number, measure.thing_colour)
        for number, (noun, background) in enumerate(cases)
    ]


def repaintings(questions: Sequence[Question]) -> list[Repainting]:
    """Things on the left; on the right shall come the next question's."""
    kept = [asked for asked in questions if asked.position == "left"]
    return [
        Repainting(
            asked,
            asked.colour,
            f"{article(f'{other.colour} {other.noun}')} on the right, {asked.background} background",
            other.colour,
            other.noun,
        )
        for asked, other in zip(kept, [*kept[1:], *kept[:1]], strict=True)
        if not clash(other.colour, asked.background)
    ]
