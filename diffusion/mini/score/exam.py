"""All that a score asks: the questions, and what settings, image-to-image, masks and seeds have to do with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from diffusion.mini.illustrator import seeds
from diffusion.mini.illustrator.captions import article
from diffusion.mini.illustrator.held import held_colour
from diffusion.mini.illustrator.nouns import NOUNS
from diffusion.mini.illustrator.scene import Group, Scene
from diffusion.mini.words import words

from .questions import Question, backgrounds_for, fifth, questions, several
from .removals import Removal, removals

SEEDS_EACH = 8
"""Pictures of one prompt."""


@dataclass(frozen=True)
class Repainting:
    """A true drawing with one thing on its left, whose right half is to be painted anew with another thing."""

    source: Question
    wanted: Question
    """The true drawing of what is to come on the right."""
    prompt: str


@dataclass(frozen=True)
class Exam:
    """The same always."""

    questions: Sequence[Question]
    some: Sequence[Question]
    """For the sweeps of guidance and steps."""
    sized: Sequence[Question]
    """For the sweep of sizes: flat ones on plain backgrounds, where every noun can be cut out."""
    shown: Sequence[Question]
    """For a grid to look at."""
    redrawings: Mapping[str, Sequence[tuple[Question, Question]]]
    """For image-to-image: whose true drawing is sent towards whose prompt."""
    removals: Mapping[str, Sequence[Removal]]
    repaintings: Sequence[Repainting]
    alike: Sequence[Sequence[Question]]
    """Groups that ask for the same with other seeds."""
    uncoloured: Sequence[str]
    """Prompts for one thing whose colour they leave open, on a plain background."""
    lessons: int
    """True pictures that the judge has not seen, to judge it by."""


def exam(quick: bool = False) -> Exam:
    """All questions, or a fifth of them."""
    every = 5 if quick else 1
    return Exam(
        questions=fifth() if quick else questions(),
        some=several(2 if quick else 6),
        sized=several(1 if quick else 4, "colour", "position", "count", "size", "binding"),
        shown=several(8),
        redrawings={
            "image to image": in_turn(several(8, "colour", "style", "setting"))[::every],
            "style transfer": [(flat(asked), asked) for asked in several(20, "style")][::every],
        },
        removals=removals(every),
        repaintings=repaintings()[::every],
        alike=[[seeded(asked, seed) for seed in range(SEEDS_EACH)] for asked in several(2 if quick else 6, "colour")],
        uncoloured=[f"{article(noun)}, light blue background" for noun in list(NOUNS)[:: 40 if quick else 14]],
        lessons=2000 // every,
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
        Question("position", Scene(seeds.EXAM + 3_000_000 + number, setting, (group,), place=place))
        for group, place in ((kept, "left"), (new, "right"))
    )
    right = words().positions["right"][0]
    prompt = f"{article(f'{new.colour} {new.noun}')} {right}, {setting.colour} background"
    return Repainting(source, wanted, prompt)
