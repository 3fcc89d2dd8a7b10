"""Captions say what is shown and nothing else, in words of the file."""

import random
import re
from collections import Counter

from diffusion.mini.illustrator.atmosphere import PLAIN_COLOURS
from diffusion.mini.illustrator.captions import caption, fragment
from diffusion.mini.illustrator.colours import COLOURS
from diffusion.mini.illustrator.lot import scene_of
from diffusion.mini.illustrator.nouns import NOUNS
from diffusion.mini.illustrator.scene import BACKGROUNDS, HOURS, LANDS, PLACES, RELATIONS, SIZES, STYLES
from diffusion.mini.score.wordings import mentions
from diffusion.mini.words import names_of, words
from tests.captions import named, without


def test_a_caption_names_exactly_what_the_scene_shows():
    table = words()
    for seed in range(3000):
        scene = scene_of(seed)
        text = caption(scene, random.Random(seed))
        said = named(without(text, [phrase for name in scene.extras for phrase in table.extras[name]]))
        shown = Counter((group.noun, group.count > 1 and group.noun != "fish") for group in scene.groups)
        assert said == shown, text


def test_a_caption_says_only_the_style_land_and_hour_of_the_scene():
    table = words()
    for seed in range(2000):
        scene = scene_of(seed)
        text = caption(scene, random.Random(seed))
        for style, phrases in table.styles.items():
            if mentions(text, [*phrases["before"], *phrases["after"]]):
                assert style == scene.style, text
        for name, phrases in {**table.settings, **table.hours}.items():
            if mentions(text, phrases):
                assert name in (scene.setting.land, scene.setting.hour), text
        if scene.style != "flat":
            phrases = table.styles[scene.style]
            assert mentions(text, [*phrases["before"], *phrases["after"]]), text


def test_a_caption_names_no_colour_that_is_not_there():
    table = words()
    forms = {form: colour for colour, others in table.colours.items() for form in (colour, *others)}
    forms |= {colour: colour for colour in table.plain_colours}
    for seed in range(2000):
        scene = scene_of(seed)
        text = without(caption(scene, random.Random(seed)), ["white clouds", "green field"])
        shown = {group.colour for group in scene.groups} | {scene.setting.colour}
        for form in sorted(forms, key=len, reverse=True):
            text, times = re.subn(rf"\b{form}\b", "#", text)
            assert not times or forms[form] in shown, (seed, form)


FIRST_TO_SECOND = {
    ("to the left of", ""): "left", ("left of", ""): "left", ("on the left and", "on the right"): "left",
    ("to the right of", ""): "right", ("right of", ""): "right", ("on the right and", "on the left"): "right",
    ("above", ""): "above", ("over", ""): "above", ("at the top and", "at the bottom"): "above",
    ("below", ""): "below", ("under", ""): "below", ("beneath", ""): "below", ("underneath", ""): "below",
    ("on", ""): "on", ("on top of", ""): "on", ("standing on", ""): "on", ("sitting on", ""): "on",
    ("with", "on top of it"): "under", ("with", "between them"): "about",
    ("behind", ""): "behind", ("partly hidden behind", ""): "behind", ("in front of", ""): "before",
    ("between", ""): "between", ("in between", ""): "between",
}  # fmt: skip
"""What stands between two things and after them -> how the one named first stands to the other."""
TURNED = {"left": "right", "above": "below", "on": "under", "behind": "before", "between": "about"}
TURNED |= {other: one for one, other in TURNED.items()}


def test_every_wording_of_a_relation_says_who_stands_where():
    for relation in RELATIONS:
        for template in words().relations[relation]:
            found = re.fullmatch(r"(ONE|TWO) (.+) (ONE|TWO) ?(.*)", template.format("ONE", "TWO"))
            assert found, template
            first, between, _, after = found.groups()
            said = FIRST_TO_SECOND[between, after]
            assert (said if first == "ONE" else TURNED[said]) == relation, template


def test_every_wording_of_a_place_names_its_sides_and_no_other():
    sides = {"left": {"left"}, "right": {"right"}, "top": {"top", "upper"}, "bottom": {"bottom", "lower"}}
    sides |= {"centre": {"centre", "center", "middle", "centered"}}
    for place, phrases in words().positions.items():
        for phrase in phrases:
            assert {side for side, names in sides.items() if names & set(phrase.split())} == set(place.split()), phrase


def test_a_caption_says_only_the_place_and_sizes_of_the_scene():
    table, said = words(), Counter()
    for seed in range(2000):
        scene = scene_of(seed, kind="single")
        text = caption(scene, random.Random(seed))
        rest = without(text, table.positions[scene.place]) if scene.place else text
        assert not mentions(rest, [phrase for phrases in table.positions.values() for phrase in phrases]), text
        for size, phrases in table.sizes.items():
            if mentions(text, phrases):
                assert size == scene.groups[0].size, text
        said["place"] += rest != text
        said["size"] += mentions(text, table.sizes[scene.groups[0].size])
    assert min(said.values()) > 300


def test_counts_are_said():
    table = words()
    for seed in range(300):
        scene = scene_of(seed, kind="several")
        text = caption(scene, random.Random(seed))
        assert mentions(text, table.counts[str(scene.groups[0].count)]), text


def test_a_plain_caption_has_nothing_before_or_after():
    table = words()
    for seed in range(300):
        text = caption(scene_of(seed), random.Random(seed), plain=True)
        assert not text.startswith(tuple(table.before))
        assert not text.endswith(tuple(table.after))


def test_the_words_name_what_the_code_draws():
    table = words()
    assert list(table.nouns) == list(NOUNS)
    assert list(table.colours) == list(COLOURS)
    assert [*table.colours, *table.plain_colours] == list(BACKGROUNDS) == list(PLAIN_COLOURS)
    assert set(table.styles) == set(STYLES)
    assert set(table.settings) == {*LANDS, "space"}
    assert set(table.hours) == set(HOURS)
    assert set(table.positions) == set(PLACES)
    assert set(table.relations) == {*RELATIONS, ""}
    assert set(table.sizes) == set(SIZES)
    assert set(table.also) <= set(NOUNS)
    forms = Counter(form for noun in NOUNS for pair in names_of(noun) for form in set(pair))
    assert max(forms.values()) == 1


def test_a_fragment_names_one_part_that_is_there():
    table = words()
    alone = Counter()
    for seed in range(2000):
        scene = scene_of(seed)
        text = fragment(scene, random.Random(seed))
        said = named(without(text, [phrase for name in scene.extras for phrase in table.extras[name]]))
        assert {noun for noun, _ in said} <= {group.noun for group in scene.groups}, text
        shown = {group.colour for group in scene.groups} | {scene.setting.colour}
        for colour, others in table.colours.items():
            if text in (colour, *others):
                assert colour in shown, text
                assert scene.style != "blueprint", text
                alone["colour"] += 1
        alone["noun"] += text in {form for group in scene.groups for names in names_of(group.noun) for form in names}
    assert min(alone["colour"], alone["noun"]) > 100
