"""The arithmetic of the benchmark, on durations that are made up."""

from dataclasses import replace
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image

from bot.bench import plot, table
from bot.bench.comparison import Alone, Level
from bot.bench.floor import Floor, Work, card_rate
from bot.bench.runs import Run, Timing, middle, one_after_another, percentile
from diffusion.request import Told
from tests.bench_figures import COMPARISON, FIGURES, SCHEMA, SHARES


def test_one_after_another_everybody_waits_for_those_before():
    run = one_after_another([1.0, 2.0, 3.0, 4.0], people=2)
    assert run.pictures == [1.0, 1.0 + 2.0, 2.0 + 3.0, 3.0 + 4.0]  # the third asks when the first has its picture
    assert run.sights == run.pictures  # no previews
    assert (run.seconds, run.rate) == (10.0, 0.4)


@pytest.mark.parametrize("percent", [0, 50, 95, 99, 100])
def test_percentiles_are_those_of_numpy(percent):
    values = [3.0, 1.0, 2.0, 10.0, 7.0]
    assert percentile(values, percent) == pytest.approx(np.percentile(values, percent))
    assert percentile([4.0], percent) == 4.0


def test_ratios_are_taken_within_each_turn_before_the_median():
    """A slow moment of the machine meets both sides of its turn."""
    assert Alone(plain=(1.0, 1.1, 4.0), shared=(1.0, 1.0, 2.0)).ratio == pytest.approx(1.1)
    runs = [Run(2, seconds, (Timing(1.0, 1.0),) * 2) for seconds in (1.0, 2.0, 5.0)]
    level = Level(2, plain=tuple(runs), shared=(runs[1], runs[0], runs[2]))
    assert level.ratio == 1.0
    assert level.typical == (runs[1], runs[1])
    assert middle(runs[:2]) is runs[1]


def test_the_floor_is_the_counted_work_over_the_rate():
    floor = Floor(Work(row=1e9, once=5e9, rows=(10, 20)), rate=1e11, known="")
    assert floor.work.picture == 20e9
    assert floor.seconds == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("name", "dtype", "rate"),
    [
        ("NVIDIA H200", "bfloat16", 790e12),
        ("NVIDIA H100 80GB HBM3", "float16", 790e12),
        ("NVIDIA A100-SXM4-80GB", "bfloat16", 312e12),
        ("NVIDIA A100-SXM4-80GB", "float32", None),
        ("NVIDIA GeForce RTX 4090", "bfloat16", None),
        ("cpu", "float32", None),
    ],
)
def test_the_rate_is_known_of_some_cards_in_half_precision(name, dtype, rate):
    known = card_rate(name, dtype)
    assert (known and known[0]) == rate


def test_json_has_its_form_and_says_what_was_measured():
    figures = FIGURES.to_json()
    jsonschema.validate(figures, SCHEMA)
    size = figures["sizes"][0]
    assert size["alone"] == {"plain": 1.1, "darkroom": 1.0, "ratio": 1.1}
    two = size["at_once"][1]
    assert two["plain"]["rate"] == 1.0
    assert two["darkroom"] == {
        "rate": 2.5,
        "first_preview": {"median": 0.375, "p95": 0.4875},
        "picture": {"median": 0.65, "p95": 0.785},
        "hub": 0.01,
        "times_the_floor": 2.0,
    }
    assert two["ratio"] == 2.5
    assert size["cancel"] == {"people": 2, "median": 0.2, "p95": 0.29, "tick": 0.4}
    assert size["floor"]["picture"] == 0.2
    assert figures["loop_lag_ms"] == {"median": 2.0, "p99": 2.98}
    assert figures["first_answer_ms"] == {"median": 40.0, "slowest": 100.0}


def test_the_shares_of_a_run_add_up_to_its_time():
    assert SHARES.of_hub == 0.01
    assert [name for name, _ in SHARES.rows()][:2] == ["forward of UNet2DConditionModel", "forward of Decoder"]
    assert sum(seconds for _, seconds in SHARES.rows()) == pytest.approx(1.9)


def test_the_table_has_a_line_for_each_number_of_people_and_says_which_is_faster():
    lines = table.text(FIGURES).splitlines()
    assert "Darkroom takes 9.1 % less (median of 3 turns)" in lines[3]
    assert [line.split()[:4] for line in lines[8:10]] == [["1", "1.00", "1.00", "1.00"], ["2", "1.00", "2.50", "2.50"]]
    assert "  forward of UNet2DConditionModel            1.500 s   75.0 %" in lines
    assert "   2 rows     150.0 ms      75.0 ms a row    1.33 times alone" in lines
    slower = replace(COMPARISON, alone=Alone(plain=(1.0,), shared=(1.25,)), profile=None)
    assert "Darkroom takes 25.0 % more (median of 1 turns)" in table.text(replace(FIGURES, sizes=(slower,)))


def test_the_plot_shows_both_sides_by_the_number_of_people(tmp_path):
    made, waited = plot.drawn(FIGURES).axes
    lines: list[Any] = [*made.lines, *waited.lines]
    series = {line.get_label(): tuple(line.get_xydata().T.tolist()) for line in lines}
    assert series == {
        "plain 128x96": ([1.0, 2.0], [1.0, 1.0]),
        "Darkroom 128x96": ([1.0, 2.0], [1.0, 2.5]),
        "picture, plain 128x96": ([1.0, 2.0], [1.0, 1.5]),
        "picture, Darkroom 128x96": ([1.0, 2.0], [1.0, 0.65]),
        "first preview, Darkroom 128x96": ([1.0, 2.0], [0.5, 0.375]),
    }
    plot.save(FIGURES, tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (1430, 585))


def test_a_plot_that_cannot_be_drawn_or_kept_is_told(tmp_path, monkeypatch):
    with pytest.raises(Told, match="name a file in a folder that exists"):
        plot.check(tmp_path / "missing" / "out.png")
    monkeypatch.setattr(plot, "find_spec", lambda name: None)
    with pytest.raises(Told, match=r"needs matplotlib; install it with: .*\[plot\]"):
        plot.check(tmp_path / "out.png")
