"""The benchmark measures what it says, with figures of every kind; how large they are is nobody's promise."""

from bot import bench
from bot.config import load


async def test_every_figure_is_measured_in_one_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bench, "MIXED", (("DDIM", 2), ("Heun", 2)))
    monkeypatch.setattr(bench, "AT_ONCE", (1, 2))
    monkeypatch.setattr(bench, "COMMANDS", 3)
    for name in bench.EQUAL:
        monkeypatch.setenv(name, bench.EQUAL[name])
    stages = []
    figures = await bench.measure(load(), "mini", stages.append)
    assert stages == ["starting the engine", "a picture alone", "1 at once", "2 at once", "first answers"]
    assert figures.shared.keys() == {1, 2}
    assert min(figures.alone, *figures.shared[1], *figures.shared[2], *figures.answer) > 0
    assert figures.lag[0] <= figures.lag[1]
    assert figures.to_json()["at_once"].keys() == {"1", "2"}
    assert "2 at once" in figures.to_text()


def test_a_ratio_above_one_is_faster_than_plain_diffusers():
    figures = bench.Figures("mini", "cpu", 1.0, {4: (2.0, 0.5)}, (0.001, 0.002), (0.02, 0.04))
    assert figures.to_json()["at_once"] == {"4": {"plain_seconds": 2.0, "seconds": 0.5, "ratio": 4.0}}
    assert figures.to_json()["loop_lag_ms"] == {"median": 1.0, "p99": 2.0}
