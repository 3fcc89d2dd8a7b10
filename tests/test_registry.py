"""Which model is the default on which hardware."""

from typing import Any

import pytest

from diffusion.registry import Hardware, ModelSpec, choose
from diffusion.request import Told

NEEDS = {"mini": 0, "sd15": 4, "ssd-1b": 8, "sdxl": 10}
MODELS = {name: ModelSpec(name=name, source="builtin", memory=memory) for name, memory in NEEDS.items()}


@pytest.mark.parametrize(
    ("hardware", "name"),
    [
        (Hardware(), "mini"),
        (Hardware(device="cuda", memory=3.9), "mini"),
        (Hardware(device="cuda", memory=4), "sd15"),
        (Hardware(device="cuda", memory=9.6), "ssd-1b"),
        (Hardware(device="cuda", memory=141), "sdxl"),
        (Hardware(device="mps", memory=12), "sdxl"),
    ],
)
def test_auto_takes_the_most_able_that_the_card_holds(hardware: Any, name: str) -> None:
    assert choose(MODELS, "auto", hardware) == name


def test_a_named_one_is_taken_whatever_there_is() -> None:
    assert choose(MODELS, "sdxl", Hardware()) == "sdxl"


def test_one_that_is_not_there_is_told() -> None:
    with pytest.raises(Told, match="auto, mini"):
        choose(MODELS, "dalle", Hardware())


def test_no_model_for_this_machine_is_told() -> None:
    with pytest.raises(Told, match="mini"):
        choose({"sdxl": MODELS["sdxl"]}, "auto", Hardware())
