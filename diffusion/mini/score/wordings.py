"""The exam's scenes in other words: as captions word them, in any order, with synonyms and what people put around."""

import random
import re
from collections.abc import Iterator, Sequence
from itertools import count

from diffusion.mini.illustrator.captions import caption
from diffusion.mini.illustrator.scene import PLAIN, Group, Scene
from diffusion.mini.words import words

FILLERS = ("cinematic", "stunning", "aesthetic", "uhd", "sharp focus", "intricate", "artstation", "epic composition")
"""What people write behind their wishes and no caption of the training has."""


def in_other_words(scene: Scene) -> str:
    """One wording of the scene that leaves nothing out, with two fillers; the same always."""
    for number in count():
        rng = random.Random(f"wording {scene.seed} {number}")
        text = " ".join(caption(scene, rng).split()).rstrip(".")
        if all(mentions(text, phrases) for phrases in facets(scene)):
            return f"{text}, {', '.join(rng.sample(FILLERS, 2))}"
    raise AssertionError("unreachable")


def mentions(text: str, phrases: Sequence[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(phrase.strip(', '))}(?!\w)", text) for phrase in phrases)


def facets(scene: Scene) -> Iterator[Sequence[str]]:
    """For each thing that the scene has, the phrases of which one must be said."""
    table, setting, drawn = words(), scene.setting, scene.style == "blueprint"
    for group in scene.groups:
        yield from facets_of(group, said=not drawn)
    if scene.place:
        yield table.positions[scene.place]
    if scene.relation:
        yield [between(template) for template in table.relations[scene.relation]]
    if scene.style != "flat":
        yield [*table.styles[scene.style]["before"], *table.styles[scene.style]["after"]]
    if setting.land != PLAIN:
        yield table.settings[setting.land]
    elif not drawn:
        yield [
            phrase.format(name, a=name)
            for phrase in table.plain
            for name in (setting.colour, *table.colours.get(setting.colour, []))
        ]
    if setting.hour in ("sunset", "night") and setting.is_land:
        yield table.hours[setting.hour]


def facets_of(group: Group, said: bool) -> Iterator[Sequence[str]]:
    table = words()
    if said:
        yield [group.colour, *table.colours[group.colour]]
    if table.sizes[group.size]:
        yield table.sizes[group.size]
    if group.count > 1:
        yield table.counts[str(group.count)]


def between(template: str) -> str:
    """What a relation's template has between the two things."""
    return re.split(r"\{\d\}", template)[1]
