"""The benchmark measures what it says, with figures of every kind; how large they are is nobody's promise."""

import json

import jsonschema
import pytest
from PIL import Image

from bot.__main__ import main
from bot.bench import plan
from bot.bench.away import Away
from bot.bench.carving import carved
from bot.config import Config
from diffusion.models.loading import find_weights
from diffusion.registry import ModelSpec
from diffusion.request import Told
from tests.bench_figures import SCHEMA


def test_every_figure_is_measured_in_one_run_and_drawn(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    options = ["--model", "mini", "--size", "64x64", "--people", "2", "--quick", "--profile"]
    with pytest.raises(SystemExit) as ended:
        main(["bench", *options, "--plot", "out.png", "--json"])
    assert not ended.value.code
    figures = json.loads(capsys.readouterr().out)
    jsonschema.validate(figures, SCHEMA)
    (size,) = figures["sizes"]
    (level,) = size["at_once"]
    assert (size["width"], level["people"], level["pictures"]) == (64, 2, 2)
    assert level["darkroom"]["first_preview"]["median"] <= level["darkroom"]["picture"]["median"]
    assert size["peak_memory_bytes"]["darkroom"] > 2**27  # torch alone has more
    profile = size["profile"]
    assert 0 < profile["seconds"]["forward of UNet2DConditionModel"] < sum(profile["seconds"].values())
    assert sum(profile["seconds"].values()) <= profile["wall"]
    assert profile["forward_by_rows"]["16"] > profile["forward_by_rows"]["1"]
    with Image.open("out.png") as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (1430, 585))


def test_random_weights_become_a_model_of_the_configuration(tmp_path):
    config = carved(Config(), plan.Plan(random_weights="mini"), tmp_path / "weights")
    assert config.specs["mini"].source == str(tmp_path / "weights")
    assert config.specs["mini"].multiple == 8
    assert find_weights(config.specs["mini"], lambda note: None) == tmp_path / "weights"


@pytest.mark.parametrize(
    ("options", "mend"),
    [
        (["--people", "1,two"], "numbers with commas between them, like 1,2,4,8"),
        (["--people", "0,4"], "numbers from 1 to 64"),
        (["--people", "1,65"], "numbers from 1 to 64"),
        (["--size", "big"], "width x height in pixels, like 512x512"),
        (["--random-weights", "dall-e"], "there are: mini, sd15, ssd-1b, sdxl"),
        (["--random-weights", "sdxl", "--model", "mini"], "leave --model out"),
        (["--rounds", "0"], "--rounds"),
        (["--plot", "out.jpg"], "end the name of --plot in .png"),
        (["--plot", "missing/out.png"], "in a folder that exists"),
    ],
)
def test_an_option_that_cannot_be_meant_is_told_at_once(options, mend, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["bench", *options])
    assert ended.value.code == 2
    assert mend in capsys.readouterr().err


@pytest.mark.parametrize("size", ["100x100", "512x512", "16x16"])
def test_a_size_that_the_model_cannot_draw_is_told_with_one_that_it_can(size):
    spec = ModelSpec(name="mini", source="builtin", size=128, max_pixels=256 * 256)
    with pytest.raises(Told, match=f"{size} is no size for mini; choose one like 160x104"):
        plan.Plan(sizes=(plan.read_size(size),)).sizes_for(spec)


def test_sizes_are_measured_from_the_smallest_on():
    spec = ModelSpec(name="mini", source="builtin", size=128)
    assert plan.Plan(sizes=((128, 192), (64, 128), (128, 128))).sizes_for(spec) == ((64, 128), (128, 128), (128, 192))
    assert plan.Plan().sizes_for(spec) == ((128, 128),)


class Thing:
    """Something to be made in another process."""

    def __init__(self, value: int) -> None:
        self.value = value

    def add(self, other: int) -> int:
        self.value += other
        return self.value

    def fail(self, reason: str) -> None:
        if reason:
            raise Told(reason)
        raise ZeroDivisionError("divided")

    def die(self) -> None:
        import os

        os._exit(1)


def test_what_is_made_in_another_process_keeps_its_state_and_its_errors_come_through():
    with Away(Thing) as away:
        away.make(1)
        assert [away(Thing.add, 2), away(Thing.add, 3)] == [3, 6]
        with pytest.raises(Told, match="mend it"):
            away(Thing.fail, "mend it")
        with pytest.raises(RuntimeError, match="ZeroDivisionError: divided"):
            away(Thing.fail, "")
        assert away(Thing.add, 0) == 6
        with pytest.raises(Told, match="choose a smaller model"):
            away(Thing.die)
        with pytest.raises(Told, match="choose a smaller model"):
            away(Thing.add, 1)
