"""The drawn pictures and captions that the built-in model learns from."""

import random

import numpy as np
import pytest

from diffusion.mini.captions import caption
from diffusion.mini.objects import DRAW
from diffusion.mini.palette import COLOURS, PLAIN
from diffusion.mini.scenes import HELD, PLACES, SIDE, Scene, Thing, render, sample_scene
from diffusion.mini.vocabulary import split
from diffusion.mini.words import words


def test_the_same_seed_gives_the_same_picture_and_another_seed_another():
    first, again, other = (np.asarray(render(sample_scene(seed))) for seed in (7, 7, 8))
    assert first.shape == (SIDE, SIDE, 3)
    assert (first == again).all()
    assert (first != other).any()


def test_held_out_combinations_are_never_drawn_for_training():
    drawn = {(thing.colour, thing.noun) for seed in range(4000) for thing in sample_scene(seed).things}
    assert not drawn & HELD
    assert len(drawn) > 100


def test_held_out_scenes_hold_nothing_else():
    drawn = {(thing.colour, thing.noun) for seed in range(400) for thing in sample_scene(seed, held=True).things}
    assert drawn == HELD
    assert {noun for _, noun in HELD} == set(DRAW)


def test_things_lie_wholly_inside_the_picture():
    for thing in (thing for seed in range(2000) for thing in sample_scene(seed).things):
        assert thing.radius < thing.x < 1 - thing.radius
        assert thing.radius < thing.y < 1 - thing.radius


@pytest.mark.parametrize("noun", DRAW)
@pytest.mark.parametrize("colour", ["red", "black", "white"])
def test_a_thing_is_painted_in_its_colour_where_it_belongs(noun: str, colour: str):
    scene = Scene(1, "green", "single", "large", (Thing(noun, colour, 0.7, 0.5, 0.25),))
    pixels = np.asarray(render(scene)).astype(int)  # (rows, columns, 3)
    painted = np.abs(pixels - COLOURS[colour]).max(axis=-1) < 20
    assert painted.mean() > 0.03
    assert abs(np.nonzero(painted)[1].mean() / SIDE - 0.7) < 0.05


@pytest.mark.parametrize("background", PLAIN)
def test_a_plain_background_has_its_colour(background: str):
    corner = np.asarray(render(Scene(3, background, "empty", "medium")))[0, 0].astype(int)
    assert np.abs(corner - PLAIN[background]).max() < 8


def test_positions_are_where_the_words_say():
    for scene in map(sample_scene, range(2000)):
        if scene.position:
            wanted, thing = PLACES[scene.position], scene.things[0]
            for place, told in zip((thing.x, thing.y), wanted, strict=True):
                assert told in (None, 0.5) or (place < 0.5) == (told < 0.5)


def test_a_caption_names_nothing_that_the_scene_does_not_show():
    nouns = {form: noun for noun, (plural,) in words().nouns.items() for form in (noun, plural)}
    for seed in range(1000):
        scene = sample_scene(seed)
        said = {nouns[word] for word in split(caption(scene, random.Random(seed))) if word in nouns}
        assert said == {thing.noun for thing in scene.things}


def test_a_plain_caption_has_nothing_before_or_after():
    texts = [caption(sample_scene(seed), random.Random(seed), plain=True) for seed in range(300)]
    assert not any(text.startswith(("a picture", "please", "flat art")) or "masterpiece" in text for text in texts)
