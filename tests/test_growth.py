"""What the keys make of a request, and of one that is older than today's limits."""

from dataclasses import replace

import pytest

from bot import growth
from bot.config import Limits
from diffusion.registry import ModelSpec, Registry
from diffusion.request import Request, Told
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
