"""What the built-in model learns from: pictures show what their scenes say."""

import itertools
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from diffusion.mini.illustrator.__main__ import main
from diffusion.mini.illustrator.atmosphere import PLAIN_COLOURS
from diffusion.mini.illustrator.captions import caption
from diffusion.mini.illustrator.colours import ALIKE, COLOURS, paints_of
from diffusion.mini.illustrator.drawing import Drawing, draw, silhouette
from diffusion.mini.illustrator.held import held_colour, held_in, held_style, is_held_pair, related
from diffusion.mini.illustrator.layout import layout
from diffusion.mini.illustrator.lot import scene_of
from diffusion.mini.illustrator.nouns import NOUNS, parts_of
from diffusion.mini.illustrator.scene import (
    BACKGROUNDS,
    HOURS,
    LANDS,
    PLACES,
    PLAIN,
    RELATIONS,
    SIZES,
    STYLES,
    Group,
    Scene,
    Setting,
)

SHAPES = ((1, 1), (1.5, 1), (1, 1.5))
SIZES_IN_PIXELS = ((64, 64), (96, 64), (64, 96))
PALE = Setting(PLAIN, colour="light blue")


def alone(noun: str, colour: str = "red", size: str = "large", style: str = "flat") -> Scene:
    return Scene(3, PALE, (Group(noun, colour, size),), style, place="centre")


def array(drawing: Drawing) -> np.ndarray:
    return np.asarray(drawing.picture).astype(int)


def test_there_is_a_world_to_play_with():
    assert len(NOUNS) >= 60
    assert len(COLOURS) == 12
    assert len(STYLES) == 6


@pytest.mark.parametrize("style", STYLES)
def test_every_noun_is_drawn_in_every_style_and_size(style: str):
    for noun, size in itertools.product(NOUNS, SIZES):
        scene = alone(noun, size=size, style=style)
        drawing = draw(scene, (64, 64))
        empty = draw(Scene(3, PALE, (), style), (64, 64))
        (thing,) = drawing.things
        changed = np.abs(array(drawing) - array(empty)).max(axis=-1) > 18
        assert changed[thing.mask].mean() > 0.3, (noun, size)


@pytest.mark.parametrize("size", [(64, 64), (128, 128), (256, 256), (192, 128), (128, 192), (96, 64), (256, 384)])
def test_pictures_have_the_asked_size_and_shape(size: tuple[int, int]):
    for style in STYLES:
        picture = draw(alone("cat", style=style), size).picture
        assert (picture.mode, picture.size) == ("RGB", size)


def test_the_same_seed_gives_the_same_picture_and_caption_and_another_seed_others():
    for seed in range(40):
        first, again = (draw(scene_of(seed), (64, 64)).picture for _ in range(2))
        assert first.tobytes() == again.tobytes()
    assert scene_of(1) != scene_of(2)
    assert caption(scene_of(1), random.Random(5)) == caption(scene_of(1), random.Random(5))


def nearest(pixels: np.ndarray) -> str:
    """The palette's colour that most of the pixels are nearest to in hue and light."""
    named = [(name, tone) for name in COLOURS for paint, tone in paints_of(name).items() if paint in OWN]
    table = np.array([tone for _, tone in named])  # (tones, 3)
    found = np.abs(pixels[:, None] - table).sum(axis=-1).argmin(axis=1)
    return Counter(named[index][0] for index in found.tolist()).most_common(1)[0][0]


OWN = ("body", "dark", "light")


@pytest.mark.parametrize("colour", COLOURS)
def test_a_thing_is_mostly_of_its_colour(colour: str):
    behind = next(name for name in BACKGROUNDS if name != colour and frozenset((name, colour)) not in ALIKE)
    for noun in NOUNS:
        drawing = draw(Scene(1, Setting(PLAIN, colour=behind), (Group(noun, colour, "large"),)), (96, 96))
        assert nearest(array(drawing)[drawing.things[0].mask]) == colour, noun


@pytest.mark.parametrize("style", ["pixel art", "watercolour", "sketch", "neon"])
def test_the_colour_is_seen_in_every_style_but_blueprint(style: str):
    """The mean of the thing's saturated pixels has the asked hue."""
    for noun, colour in itertools.product(NOUNS, ("red", "yellow", "green", "blue", "purple")):
        drawing = draw(Scene(1, Setting(PLAIN, colour="white"), (Group(noun, colour, "large"),), style), (96, 96))
        pixels = array(drawing)[drawing.things[0].mask]
        colourful = np.ptp(pixels, axis=1) > 40
        hues = hue(pixels[colourful])
        wanted = hue(np.array([COLOURS[colour]]))[0]
        away = np.abs((hues - wanted + 180) % 360 - 180)
        assert (away < 32).mean() > 0.4, (noun, colour)


def hue(pixels: np.ndarray) -> np.ndarray:
    """Degrees."""
    return np.asarray(Image.fromarray(pixels[None].astype(np.uint8)).convert("HSV"))[0, :, 0] * (360 / 255)


def test_no_two_nouns_look_alike():
    """At the same size and in the same colour, their parts differ in a good share of the pixels."""
    shapes = {}
    for noun in NOUNS:
        drawing = draw(alone(noun), (48, 48))
        (left, top, right, bottom), size = drawing.things[0].box, 48
        cut = drawing.picture.crop((int(left * size), int(top * size), int(right * size) + 1, int(bottom * size) + 1))
        shapes[noun] = np.asarray(cut.resize((32, 32))).astype(float) / 255
    for one, other in itertools.combinations(NOUNS, 2):
        assert np.abs(shapes[one] - shapes[other]).mean() > 0.045, (one, other)


def test_figures_fill_their_box():
    for noun in NOUNS:
        points = np.concatenate([part.points for part in parts_of(noun)])
        assert np.abs(points).max() <= 1.0001, noun
        assert np.ptp(points, axis=0).max() > 1.8, noun


def test_things_lie_wholly_inside_the_picture():
    for seed in range(1500):
        places = layout(scene_of(seed), *SHAPES[seed % 3])
        for spot in places.spots:
            (across, down) = spot.half
            assert 0 < spot.x - across < spot.x + across < places.width, seed
            assert 0 < spot.y - down < spot.y + down < places.height, seed


def test_sizes_are_as_they_are_called():
    radii: dict[str, list[float]] = {size: [] for size in SIZES}
    for seed in range(1500):
        scene = scene_of(seed, kind="single")
        (spot,) = layout(scene).spots
        radii[scene.groups[0].size].append(spot.radius / NOUNS[spot.noun].scale)
    assert max(radii["small"]) < min(radii["medium"]) < max(radii["medium"]) < min(radii["large"]) + 0.03


def test_positions_are_where_the_words_say():
    seen = set()
    for seed in range(1200):
        scene = scene_of(seed, kind="single")
        if not scene.place:
            continue
        seen.add(scene.place)
        (thing,) = draw(scene, SIZES_IN_PIXELS[seed % 3]).things
        x, y = thing.centre
        words_ = scene.place.split()
        assert ("left" not in words_) or x < 0.45, (seed, scene)
        assert ("right" not in words_) or x > 0.55, (seed, scene)
        assert ("top" not in words_) or y < 0.45, (seed, scene)
        assert ("bottom" not in words_) or y > 0.55, (seed, scene)
        assert (scene.place != "centre") or abs(x - 0.5) < 0.14, (seed, scene)
    assert seen == set(PLACES)


def test_relations_hold_by_the_measured_centres():
    seen = Counter()
    for seed in range(1200):
        scene = scene_of(seed, kind="related")
        drawing = draw(scene, SIZES_IN_PIXELS[seed % 3])
        first = [thing for thing in drawing.things if thing.group == 0]
        others = [thing for thing in drawing.things if thing.group > 0]
        seen[scene.relation] += 1
        (x, y), (left, top, right, bottom) = first[0].centre, first[0].box
        for other in others:
            ox, oy = other.centre
            match scene.relation:
                case "left":
                    assert right <= other.box[0] + 0.03, seed
                case "right":
                    assert left >= other.box[2] - 0.03, seed
                case "above":
                    assert bottom <= other.box[1] + 0.05, seed
                    assert abs(x - ox) < 0.2, seed
                case "below":
                    assert top >= other.box[3] - 0.05, seed
                    assert abs(x - ox) < 0.2, seed
                case "on":
                    assert y < oy, seed
                    assert bottom < oy + 0.02, seed
                    assert abs(x - ox) < 0.12, seed
                case "behind":
                    assert drawing.things[0].group == 0, seed
                    assert min(right, other.box[2]) >= max(left, other.box[0]), seed
                    assert other.box[3] > bottom - 0.02, seed
                case "between":
                    assert min(thing.centre[0] for thing in others) < x < max(thing.centre[0] for thing in others), seed
        assert all(thing.mask.mean() > 0.002 for thing in drawing.things), seed
    assert set(seen) == set(RELATIONS)


def test_what_stands_behind_is_still_seen():
    shares = []
    for seed in range(900):
        scene = scene_of(seed, kind="related")
        if scene.relation == "behind":
            drawing = draw(scene, (64, 64))
            whole = silhouette(drawing.layout.spots[0], drawing.picture.size, drawing.unit)
            shares.append(drawing.things[0].mask.sum() / whole.sum())
    assert len(shares) > 80
    assert min(shares) > 0.35
    assert sum(share < 0.98 for share in shares) > 0.97 * len(shares)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_counts_are_seen_as_so_many_pieces(count: int):
    for noun, (width, height) in itertools.product(
        ("star", "heart", "house", "car", "fish", "apple", "rocket"), SHAPES
    ):
        scene = Scene(count, Setting(PLAIN, colour="white"), (Group(noun, "red", "small", count),))
        drawing = draw(scene, (int(96 * width), int(96 * height)))
        assert len(drawing.things) == count
        assert pieces(np.any([thing.mask for thing in drawing.things], axis=0)) == count, (noun, width)


def pieces(mask: np.ndarray) -> int:
    """How many connected pieces of some size a mask has."""
    left, found = {tuple(at) for at in np.argwhere(mask).tolist()}, []
    while left:
        queue, size = [left.pop()], 0
        while queue:
            row, column = queue.pop()
            size += 1
            for at in itertools.product(range(row - 1, row + 2), range(column - 1, column + 2)):
                if at in left:
                    left.remove(at)
                    queue.append(at)
        found.append(size)
    return sum(size > max(found) / 5 for size in found)


def test_landscapes_are_where_things_belong():
    for seed in range(800):
        scene = scene_of(seed)
        places = layout(scene)
        if scene.setting.is_land:
            for spot in places.spots:
                assert spot.habit != "stands" or spot.bottom > places.horizon, seed
                assert spot.habit != "swims" or spot.y > places.horizon, seed
                assert spot.habit != "flies" or spot.y < places.horizon, seed
                assert spot.habit not in ("sails", "swims") or scene.setting.land == "sea", seed


def test_settings_look_different():
    settings = [Setting(land, hour) for land in LANDS for hour in HOURS] + [Setting("space")]
    settings += [Setting(PLAIN, colour=colour) for colour in PLAIN_COLOURS]
    pictures = {setting: array(draw(Scene(2, setting), (48, 48))) for setting in settings}
    for one, other in itertools.combinations(settings, 2):
        assert np.abs(pictures[one] - pictures[other]).mean() > 6, (one, other)


def test_styles_look_different():
    for seed in range(12):
        scene = scene_of(seed, style="flat")
        pictures = [array(draw(Scene(**{**vars(scene), "style": style}), (64, 64))) for style in STYLES]
        for one, other in itertools.combinations(pictures, 2):
            assert np.abs(one - other).mean() > 4, seed


def test_held_out_combinations_are_never_drawn_for_training():
    for seed in range(4000):
        scene = scene_of(seed)
        for group in scene.groups:
            assert group.colour != held_colour(group.noun)
            assert scene.style != held_style(group.noun)
        assert not any(is_held_pair(*pair) for pair in related(scene.groups, scene.relation))


@pytest.mark.parametrize("held", ["colour", "style", "relation"])
def test_held_out_scenes_hold_what_was_asked_and_nothing_else_that_is_held(held: str):
    assert all(held_in(scene_of(seed, held=held)) == {held} for seed in range(150))


def test_what_says_the_same_the_other_way_round_is_held_too():
    for one, other in itertools.permutations(list(NOUNS)[::7], 2):
        assert is_held_pair(one, "left", other) == is_held_pair(other, "right", one)
        assert is_held_pair(one, "above", other) == is_held_pair(other, "below", one)


def test_lots_are_fair():
    scenes = [scene_of(seed) for seed in range(4000)]
    nouns = Counter(group.noun for scene in scenes for group in scene.groups)
    assert set(nouns) == set(NOUNS)
    assert max(nouns.values()) < 12 * min(nouns.values())
    colours = Counter(group.colour for scene in scenes for group in scene.groups)
    assert set(colours) == set(COLOURS)
    assert max(colours.values()) < 3 * min(colours.values())
    for what, all_of_them in (
        (Counter(scene.style for scene in scenes), STYLES),
        (Counter(scene.setting.land for scene in scenes), (*LANDS, "space", PLAIN)),
        (Counter(scene.relation for scene in scenes if scene.relation), RELATIONS),
        (Counter(group.count for scene in scenes for group in scene.groups), (1, 2, 3, 4)),
    ):
        assert set(what) == set(all_of_them)
        assert min(what.values()) > 60, what


@pytest.mark.parametrize("name", ["nouns", "styles", "scenes"])
def test_a_contact_sheet_is_drawn(name: str, tmp_path: Path):
    out = tmp_path / "sheet.png"
    result = CliRunner().invoke(main, ["sheet", "-o", str(out), "--of", name, "--side", "32"])
    assert result.exit_code == 0, result.output
    with Image.open(out) as sheet:
        assert sheet.width > 200
