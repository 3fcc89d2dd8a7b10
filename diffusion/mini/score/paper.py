"""The exam of the illustrator: which questions, and what image-to-image and masks have to do with them."""

from collections.abc import Sequence
from dataclasses import replace

from diffusion.mini.illustrator.captions import article
from diffusion.mini.illustrator.held import held_colour
from diffusion.mini.illustrator.lessons import ANSWERS, lesson
from diffusion.mini.illustrator.nouns import NOUNS
from diffusion.mini.illustrator.scene import Group, Scene
from diffusion.mini.train.data import TO_LESSONS
from diffusion.mini.words import words

from . import measure
from .exam import Question, backgrounds_for, fifth, questions, several
from .examination import Exam, Repainting
from .marks import marks
from .removals import removals
from .sweeps import ALIKE

UNSEEN = TO_LESSONS + 500_000_000


def exam(quick: bool = False) -> Exam[Question]:
    """The same always; the quick one asks a fifth."""
    every = 5 if quick else 1
    return Exam(
        questions=fifth() if quick else questions(),
        marks=marks,
        some=several(2 if quick else 6),
        shown=several(8),
        redrawings={
            "image to image": in_turn(several(8, "colour", "style", "setting"))[::every],
            "style transfer": [(flat(asked), asked) for asked in several(20, "style")][::every],
        },
        removals=removals(every),
        repaintings=repaintings()[::every],
        alike=[[seeded(asked, seed) for seed in range(ALIKE)] for asked in several(2 if quick else 6, "colour")],
        uncoloured=[f"{article(noun)}, light blue background" for noun in list(NOUNS)[:: 40 if quick else 14]],
        colour_of=measure.thing_colour,
        lesson=lesson,
        unseen=UNSEEN,
        lessons=2000 // every,
        answers=ANSWERS,
        sides=(128, 256),
    )


def in_turn(asked: Sequence[Question]) -> list[tuple[Question, Question]]:
    """Each with another one, mostly of another category."""
    step = len(asked) // 3 + 1
    return [(one, asked[(number + step) % len(asked)]) for number, one in enumerate(asked)]


def flat(asked: Question) -> Question:
    return replace(asked, scene=replace(asked.scene, style="flat"))


def seeded(asked: Question, seed: int) -> Question:
    return replace(asked, scene=replace(asked.scene, seed=seed))


def repaintings() -> list[Repainting]:
    """Every fifth noun on the left, in the colour in which it was never seen; on the right shall come the next one."""
    groups = [Group(noun, held_colour(noun)) for noun in list(NOUNS)[::5]]
    return [repainting(number, *pair) for number, pair in enumerate(zip(groups, [*groups[1:], groups[0]], strict=True))]


def repainting(number: int, kept: Group, new: Group) -> Repainting:
    free = backgrounds_for(kept, new)
    setting = free[number % len(free)]
    source, wanted = (
        Question("position", Scene(6_000 + number, setting, (group,), place=place))
        for group, place in ((kept, "left"), (new, "right"))
    )
    right = words().positions["right"][0]
    prompt = f"{article(f'{new.colour} {new.noun}')} {right}, {setting.colour} background"
    return Repainting(source, wanted, kept.colour, prompt, new.colour, new.noun)
