"""What the score asks of a model that was trained on the illustrator: held-out scenes as prompts, by category.

Every question holds a combination that training never saw (`held.py`). What comes of it is marked in `marks.py`.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from PIL import Image

from diffusion.mini.illustrator import seeds
from diffusion.mini.illustrator.captions import article
from diffusion.mini.illustrator.colours import ALIKE, COLOURS
from diffusion.mini.illustrator.drawing import draw
from diffusion.mini.illustrator.held import held_colour, held_style, is_held_pair
from diffusion.mini.illustrator.lot import found_in, relates
from diffusion.mini.illustrator.nouns import NOUNS
from diffusion.mini.illustrator.scene import (
    BACKGROUNDS,
    HOURS,
    LANDS,
    LOST,
    PLACES,
    PLAIN,
    RELATIONS,
    SPACE,
    Group,
    Scene,
    Setting,
    lost,
)
from diffusion.mini.words import words


@dataclass(frozen=True)
class Question:
    """A scene to ask for. The category says what is marked besides the noun."""

    category: str
    scene: Scene

    @property
    def prompt(self) -> str:
        return plainly(self.scene)

    @property
    def seed(self) -> int:
        return self.scene.seed

    def drawing(self, size: tuple[int, int] = (128, 128)) -> Image.Image:
        """The true picture."""
        return draw(self.scene, size).picture


def plainly(scene: Scene) -> str:
    """The scene in one plain sentence that leaves nothing out, not even what goes without saying."""
    table, setting = words(), scene.setting
    named = [named_plainly(group) for group in scene.groups]
    text = table.relations[scene.relation][0].format(named[0], " and ".join(named[1:])) if scene.relation else named[0]
    if scene.place:
        text += f" {table.positions[scene.place][0]}"
    if setting.land == PLAIN:
        text += "" if scene.style == "blueprint" else f", {setting.colour} background"  # that is always blue
    else:
        text += f" {table.settings[setting.land][0]}"
        text += f" {table.hours[setting.hour][0]}" if setting.hour in ("sunset", "night") else ""
    return text + (table.styles[scene.style]["after"][0] if scene.style != "flat" else "")


def named_plainly(group: Group) -> str:
    size = "" if group.size == "medium" else group.size
    many = group.count > 1
    text = " ".join(filter(None, (size, group.colour, words().nouns[group.noun][0] if many else group.noun)))
    return f"{words().counts[str(group.count)][0]} {text}" if many else article(text)


@dataclass(frozen=True)
class Examiner:
    """Makes questions; lots decide what no category asks for."""

    rng: random.Random

    def plain(self, *groups: Group) -> Setting:
        return self.rng.choice(backgrounds_for(*groups))

    def scene(
        self, setting: Setting, *groups: Group, style: str = "flat", place: str = "", relation: str = ""
    ) -> Scene:
        return Scene(seeds.EXAM + self.rng.randrange(10**6), setting, groups, style, place, relation)

    def nouns(self) -> Iterator[str]:
        """All nouns over and over, in another order each time."""
        while True:
            order = list(NOUNS)
            self.rng.shuffle(order)
            yield from order

    def colours(self) -> Iterator[Scene]:
        """Every noun in the colour in which it was never seen."""
        for noun in NOUNS:
            group = Group(noun, held_colour(noun))
            yield self.scene(self.plain(group), group)

    def styles(self) -> Iterator[Scene]:
        """Every noun in the style in which it was never seen, in a colour of its own if that one shows."""
        for noun in NOUNS:
            style = held_style(noun)
            seen = [colour for colour in COLOURS if colour not in LOST.get(style, ())]
            group = Group(noun, self.rng.choice([colour for colour in NOUNS[noun].usual if colour in seen] or seen))
            yield self.scene(self.plain(group), group, style=style)

    def positions(self) -> Iterator[Scene]:
        nouns = self.nouns()
        for place in PLACES * 6:
            group = Group(noun := next(nouns), held_colour(noun), self.rng.choice(("small", "medium")))
            yield self.scene(self.plain(group), group, place=place)

    def counts(self) -> Iterator[Scene]:
        nouns = self.nouns()
        for count in (1, 2, 3, 4) * 12:
            group = Group(noun := next(nouns), held_colour(noun), "small", count)
            yield self.scene(self.plain(group), group)

    def sizes(self) -> Iterator[Scene]:
        nouns = self.nouns()
        for size in ("small", "large") * 20:
            group = Group(noun := next(nouns), held_colour(noun), size)
            yield self.scene(self.plain(group), group)

    def settings(self) -> Iterator[Scene]:
        """Every land at every hour, and space, with things in colours in which they were never seen."""
        nouns = self.nouns()
        asked = [Setting(land, hour) for land in LANDS for hour in HOURS] + [Setting(SPACE)]
        for setting in asked * 3:
            group = next(
                group
                for noun in nouns
                if found_in(noun, setting.land) and not lost(group := Group(noun, held_colour(noun)), setting, "flat")
            )
            yield self.scene(setting, group)

    def relations(self) -> Iterator[Scene]:
        """Every relation, between nouns that were never seen in it."""
        for relation in RELATIONS * 8:
            one, other = self.pair(relation)
            groups = (one, replace(other, count=2)) if relation == "between" else (one, other)
            yield self.scene(self.plain(*groups), *groups, relation=relation)

    def bindings(self) -> Iterator[Scene]:
        """Two things, each in a colour in which it was never seen."""
        for number in range(48):
            while True:
                one, other = (Group(noun, held_colour(noun)) for noun in self.rng.sample(list(NOUNS), 2))
                if apart(one, other):
                    break
            relation = ("left", "right", "above", "below")[number % 4]
            yield self.scene(self.plain(one, other), one, other, relation=relation)

    def pair(self, relation: str) -> tuple[Group, Group]:
        """Two nouns never seen in this relation, in colours that cannot be mistaken."""
        sizes = {"on": ("medium", "large"), "between": ("small", "small")}.get(relation, ("medium", "medium"))
        while True:
            first, second = self.rng.sample(list(NOUNS), 2)
            one, other = (
                Group(noun, self.rng.choice([colour for colour in SEEN if colour != held_colour(noun)]), size)
                for noun, size in zip((first, second), sizes, strict=True)
            )
            fits = relation != "on" or NOUNS[second].carries is not None
            fits = fits and relates(first, relation, second, Setting(PLAIN))
            if fits and is_held_pair(first, relation, second) and apart(one, other):
                return one, other


def backgrounds_for(*groups: Group) -> list[Setting]:
    """The plain backgrounds on which all of the groups are seen well."""
    plain = [Setting(PLAIN, colour=colour) for colour in BACKGROUNDS]
    return [setting for setting in plain if not any(lost(group, setting, "flat") for group in groups)]


SEEN = ("red", "yellow", "green", "blue", "purple", "black", "turquoise")
"""Colours that few accents have, so that each thing is found by its own."""


def apart(one: Group, other: Group) -> bool:
    return one.colour != other.colour and frozenset((one.colour, other.colour)) not in ALIKE


CATEGORIES: dict[str, Callable[[Examiner], Iterator[Scene]]] = {
    "colour": Examiner.colours,
    "style": Examiner.styles,
    "position": Examiner.positions,
    "count": Examiner.counts,
    "size": Examiner.sizes,
    "setting": Examiner.settings,
    "relation": Examiner.relations,
    "binding": Examiner.bindings,
}


@cache
def questions() -> Sequence[Question]:
    """The same questions always."""
    return tuple(
        Question(category, scene)
        for category, ask in CATEGORIES.items()
        for scene in ask(Examiner(random.Random(f"exam {category}")))
    )


def several(count: int, *categories: str) -> list[Question]:
    """So many questions of each category (of all if none is named), drawn by lot, the same always."""
    chosen = []
    for category in categories or CATEGORIES:
        some = [question for question in questions() if question.category == category]
        chosen += random.Random(f"several {category}").sample(some, min(count, len(some)))
    return chosen


def fifth() -> list[Question]:
    """One in five of each category, by lot."""
    return [
        question
        for category in CATEGORIES
        for question in several(sum(one.category == category for one in questions()) // 5, category)
    ]


def shuffled(asked: Sequence[Question]) -> list[Question]:
    """The same, each in the place of another one of its category, if that has any other."""
    by_category: dict[str, list[int]] = {}
    for number, question in enumerate(asked):
        by_category.setdefault(question.category, []).append(number)
    found = list(asked)
    for numbers in by_category.values():
        order = random.Random(0).sample(numbers, len(numbers))
        for number, other in zip(order, [*order[1:], order[0]], strict=True):
            found[number] = asked[other]
    return found
