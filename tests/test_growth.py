"""What the keys make of a request, and of one that is older than today's limits."""

from dataclasses import replace

import pytest

from bot import growth
from bot.config import Limits
from diffusion.registry import ModelSpec, Registry
from diffusion.request import Reference, Request, Told
from tests.test_messages import PICTURE, REQUEST

REGISTRY = Registry({"mini": ModelSpec(name="mini", source="builtin", size=128)}, "mini")
GROWN = replace(REQUEST, source="b" * 64, strength=0.9)


def allowed(request: Request, **limits: int) -> Request:
    return growth.allowed(request, REGISTRY, Limits(**limits))  # pyright: ignore[reportArgumentType]


def test_a_reroll_of_a_variation_varies_the_same_picture_anew() -> None:
    varied = growth.varied(PICTURE, "subtle", lambda: 5)
    assert (varied.seed, varied.variation_seed) == (8, 5)
    again = growth.rerolled(varied, lambda: 6)
    assert (again.seed, again.variation, again.variation_seed) == (8, 0.15, 6)


def test_a_few_step_model_still_walks_a_step_of_a_subtle_variation() -> None:
    made = growth.varied(replace(PICTURE, request=replace(GROWN, steps=2)), "subtle", lambda: 5)
    assert int(made.steps * made.strength) == 1


def test_what_is_within_the_limits_stays_as_it_is() -> None:
    assert allowed(REQUEST) == REQUEST
    assert growth.lowered(REQUEST, REQUEST) == ()


def test_too_many_steps_and_pictures_are_lowered_in_words() -> None:
    before = replace(REQUEST, steps=100, count=4)
    after = allowed(before, steps=50, count=2)
    assert (after.steps, after.count) == (50, 2)
    assert [note.split(",")[0] for note in growth.lowered(before, after)] == [
        "`steps` 100 became 50",
        "`count` 4 became 2",
    ]


@pytest.mark.parametrize("steps", range(1, 151))
def test_lowered_steps_still_walk_one_over_a_picture(steps: int) -> None:
    made = allowed(replace(GROWN, steps=150, strength=0.01), steps=steps)
    assert int(made.steps * made.strength) >= 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "gone"}, "not here any more"),
        ({"width": 512, "height": 512}, "another size"),
        ({"prompt": "x" * 300}, "shorten"),
        ({"negative": "x" * 300}, "shorten"),
    ],
)
def test_what_would_become_another_picture_is_refused_with_the_way_on(changes: dict[str, object], words: str) -> None:
    with pytest.raises(Told, match=words) as told:
        allowed(replace(REQUEST, **changes), prompt=200)  # pyright: ignore[reportArgumentType]
    assert "Remix" in str(told.value)


# What is made of a picture

MADE = replace(REQUEST, width=128, height=128, count=1)
SPEC = REGISTRY[""]
PICTURE_FILE = "c" * 64


def five() -> int:
    return 5


def test_a_child_has_the_words_of_its_parent_and_nothing_of_how_that_was_made() -> None:
    parent = replace(
        MADE, source="b" * 64, mask="d" * 64, tile=True, stop=0.5, variation=0.2, variation_seed=4,
        references=(Reference("style", "e" * 64),),
    )  # fmt: skip
    child = growth.zoomed(parent, PICTURE_FILE, 2.0, SPEC, five)
    plain = replace(MADE, source=PICTURE_FILE, seed=5, frame=(32, 32, 64, 64), strength=growth.FRAMED)
    assert child == plain
    assert child.needs == (PICTURE_FILE,)


def test_a_frame_is_drawn_at_the_trained_area_however_large_the_picture_is() -> None:
    large = replace(MADE, width=512, height=256)
    child = growth.panned(large, PICTURE_FILE, "left", SPEC, five)
    assert (child.width, child.height) == (184, 88)
    assert child.frame == (92, 0, 184, 88)


def test_an_upscale_is_twice_as_large_until_it_is_large_enough() -> None:
    once = growth.upscaled(MADE, PICTURE_FILE, "subtle", SPEC, five)
    assert (once.width, once.height, once.upscale, once.strength) == (256, 256, True, 0.18)
    assert once.guidance == MADE.guidance
    assert allowed(once) == once
    assert growth.less_than_twice(MADE, once, SPEC) == ()
    twice = growth.upscaled(once, PICTURE_FILE, "subtle", SPEC, five)
    assert allowed(twice) == replace(twice, width=360, height=360)
    assert "360×360 is the largest of that shape" in growth.less_than_twice(once, twice, SPEC)[0]
    with pytest.raises(Told, match="360×360 is as large as mini makes"):
        growth.upscaled(twice, PICTURE_FILE, "subtle", SPEC, five)


def test_a_mask_needs_a_picture() -> None:
    masked = growth.masked(replace(MADE, source=PICTURE_FILE), "d" * 64)
    assert (masked.mask, masked.strength) == ("d" * 64, growth.MASKED)
    with pytest.raises(Told, match="name the picture as well"):
        growth.masked(MADE, "d" * 64)
