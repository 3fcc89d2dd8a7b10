"""The hub shares what fits together, keeps apart what does not, and remembers what was asked before."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch

from diffusion.hub.sharing import Cancelled, Hub
from tests.walks import Module, finish, walk


def test_strands_of_different_length_share_every_forward() -> None:
    hub, module = Hub(rows=16), Module()
    hub.share(module)
    strands = [
        hub.start(walk(module, steps, value=steps, rows=rows), steps) for steps, rows in ((3, 1), (5, 2), (4, 1))
    ]
    finish(hub)
    assert module.rows == [4, 4, 4, 3, 2]
    assert [strand.result[0, 0].item() for strand in strands] == [3 + 3, 5 + 10, 4 + 6]


def test_a_strand_joins_late_and_leaves_early() -> None:
    hub, module = Hub(rows=16), Module()
    hub.share(module)
    hub.start(walk(module, 6), "long")
    hub.tick()
    hub.tick()
    hub.start(walk(module, 2), "short")
    finish(hub)
    assert module.rows == [1, 1, 2, 2, 1, 1]


@pytest.mark.parametrize(
    "other",
    [
        {"factor": 2.0},
        {"ids": torch.ones(3)},
        {"more": [1, 2]},
        {"more": {"a": torch.ones(1, 5)}},
        {"more": torch.Generator()},
    ],
    ids=["plain value", "tensor without rows", "plain list", "dictionary", "object"],
)
def test_what_differs_is_kept_apart(other: dict[str, Any]) -> None:
    hub, module = Hub(rows=16), Module()
    hub.share(module)
    first, second = hub.start(walk(module, 2), 1), hub.start(walk(module, 2, **other), 2)
    finish(hub)
    assert module.rows == [1, 1, 1, 1]
    torch.testing.assert_close(first.result, walk(Module(), 2)())
    torch.testing.assert_close(second.result, walk(Module(), 2, **other)())


def test_what_is_equal_without_rows_is_shared() -> None:
    hub, module = Hub(rows=16), Module()
    hub.share(module)
    for owner in range(2):
        hub.start(walk(module, 2, ids=torch.ones(3), more={"a": torch.full((1, 5), owner)}), owner)
    finish(hub)
    assert module.rows == [2, 2]


def test_lists_of_rows_are_joined() -> None:
    class Listed(torch.nn.Module):
        lengths: list[int]

        def forward(self, x: list[torch.Tensor], t: torch.Tensor, captions: list[torch.Tensor]) -> list[torch.Tensor]:
            self.lengths.append(len(x))
            return [item + step + caption.sum() for item, step, caption in zip(x, t, captions, strict=True)]

    hub, module = Hub(rows=16), Listed()
    module.lengths = []
    hub.share(module)

    def program(rows: int) -> Callable[[], Any]:
        return lambda: module([torch.zeros(2)] * rows, torch.arange(rows), [torch.ones(rows + 3)] * rows)

    strands = [hub.start(program(rows), rows) for rows in (1, 2)]
    finish(hub)
    assert module.lengths == [3]
    assert [[item[0].item() for item in strand.result] for strand in strands] == [[4], [5, 6]]


def test_an_output_without_rows_is_computed_alone_ever_after() -> None:
    class Total(Module):
        def forward(self, sample: torch.Tensor, timestep: Any, **_: Any) -> Any:
            return super().forward(sample, timestep)[0].sum()

    hub, module = Hub(rows=16), Total()
    hub.share(module)
    values = torch.ones(3, 2)
    strands = [hub.start(lambda n=n: [module(n * values, 0).item() for _ in range(3)], n) for n in (1, 2)]
    finish(hub)
    assert [strand.result for strand in strands] == [[6.0] * 3, [12.0] * 3]
    assert module.rows == [6] + [3] * 6  # one trial together


def test_only_the_one_at_fault_fails() -> None:
    hub, module = Hub(rows=16), Module()
    hub.share(module)
    good, bad = hub.start(walk(module, 3), "good"), hub.start(walk(module, 3, value=12.0), "bad")
    finish(hub)  # 12 + 0 + 1 is 13, in the middle of the walk
    assert isinstance(bad.error, ValueError)
    assert good.error is None
    assert good.result[0, 0] == 3


def test_cancelling_frees_the_rows_before_the_next_forward() -> None:
    hub, module = Hub(rows=16), Module()
    hub.share(module)
    kept, dropped = hub.start(walk(module, 4), "kept"), hub.start(walk(module, 4), "dropped")
    hub.tick()
    hub.cancel(dropped)
    finish(hub)
    assert module.rows == [2, 1, 1, 1]
    assert isinstance(dropped.error, Cancelled)
    assert kept.result[0, 0] == 6


def test_cancelling_before_the_first_tick() -> None:
    hub, module = Hub(rows=16), Module()
    hub.share(module)
    hub.cancel(hub.start(walk(module, 4), "dropped"))
    assert hub.tick() == []
    assert not hub.busy
    assert module.rows == []


def test_a_program_sees_that_it_is_cancelled() -> None:
    hub, module, seen = Hub(rows=16), Module(), []
    hub.share(module)

    def program() -> None:
        try:
            walk(module, 3)()
        finally:
            seen.append("cleaned up")

    strand = hub.start(program, 1)
    hub.tick()
    hub.cancel(strand)
    assert seen == ["cleaned up"]


def test_the_budget_is_kept_and_everybody_gets_on() -> None:
    hub, module = Hub(rows=4), Module()
    hub.share(module)
    for owner in range(5):
        hub.start(walk(module, 3, rows=1), owner, weight=2.0)
    finish(hub)
    assert max(module.rows) == 2
    assert sum(module.rows) == 15


def test_one_above_the_budget_runs_alone() -> None:
    hub, module = Hub(rows=4), Module()
    hub.share(module)
    strands = [hub.start(walk(module, 2, rows=rows), rows) for rows in (9, 1)]
    finish(hub)
    assert sorted(module.rows) == [1, 1, 9, 9]
    assert not any(strand.error for strand in strands)


def test_outside_of_strands_a_shared_module_is_as_it_was() -> None:
    hub, module = Hub(rows=4), Module()
    hub.share(module)
    assert walk(module, 3)()[0, 0] == 3


class Dressed(Module):
    """Adds what it was prepared with."""

    state: int = 0

    def forward(self, sample: torch.Tensor, timestep: Any, **more: Any) -> Any:
        return (super().forward(sample, timestep, **more)[0] + self.state,)


def test_strands_of_unequal_settings_share_nothing_and_each_finds_its_own() -> None:
    hub, module = Hub(rows=16), Dressed()
    hub.share(module, prepare=lambda setting: setattr(module, "state", setting))
    strands = [hub.start(walk(module, 3), owner, setting=setting) for owner, setting in enumerate((0, 100, 100))]
    finish(hub)
    assert [strand.result[0, 0].item() for strand in strands] == [3, 303, 303]
    assert sorted(module.rows) == [1, 1, 1, 2, 2, 2]


def test_a_setting_keeps_nobody_apart_in_a_module_that_is_not_prepared() -> None:
    hub, module = Hub(rows=16), Module()
    hub.share(module)
    for setting in range(2):
        hub.start(walk(module, 3), setting, setting=setting)
    finish(hub)
    assert module.rows == [2, 2, 2]


def test_the_last_answers_are_remembered() -> None:
    hub, module = Hub(rows=16), Module()
    hub.share(module, remember=16)  # two answers of two floats

    def ask(value: float) -> float:
        strand = hub.start(walk(module, 1, value=value), 1)
        finish(hub)
        return strand.result[0, 0].item()

    assert [ask(value) for value in (1, 2, 1, 2)] == [1, 2, 1, 2]
    assert len(module.rows) == 2
    assert [ask(value) for value in (3, 1)] == [3, 1]  # the oldest was forgotten
    assert len(module.rows) == 4


def test_what_was_remembered_for_one_setting_is_not_told_to_another() -> None:
    hub, module = Hub(rows=16), Dressed()
    hub.share(module, prepare=lambda setting: setattr(module, "state", setting), remember=64)
    strands = [hub.start(walk(module, 1), owner, setting=setting) for owner, setting in enumerate((0, 5))]
    finish(hub)
    assert [strand.result[0, 0].item() for strand in strands] == [0, 5]


def test_a_module_of_great_weight_runs_with_few_rows() -> None:
    hub, decoder = Hub(rows=16), Module()
    hub.share(decoder, weight=8.0)
    for owner in range(5):
        hub.start(walk(decoder, 1), owner)
    finish(hub)
    assert decoder.rows == [2, 2, 1]


def test_with_buckets_rows_are_filled_up_and_the_answers_are_the_same() -> None:
    hub, module = Hub(rows=16), Module()
    hub.share(module, buckets=(1, 2, 4, 8))
    values = [hub.start(walk(module, 3, value=value, more={"a": torch.ones(1, 5)}), value) for value in (1.0, 2.0, 5.0)]
    finish(hub)
    assert module.rows == [4, 4, 4]
    assert [strand.result.tolist() for strand in values] == [[[v + 3, v + 3]] for v in (1.0, 2.0, 5.0)]
    alone = hub.start(walk(module, 2, rows=3), "alone")
    finish(hub)
    assert module.rows[3:] == [4, 4]
    assert alone.result.shape == (3, 2)


def test_lists_of_rows_are_filled_up_too() -> None:
    class Listed(torch.nn.Module):
        def forward(self, x: list[torch.Tensor], t: torch.Tensor) -> list[torch.Tensor]:
            assert len(x) == len(t) == 4
            return [item + step for item, step in zip(x, t, strict=True)]

    hub, module = Hub(rows=16), Listed()
    hub.share(module, buckets=(4,))
    strands = [hub.start(lambda n=n: module([torch.full((2,), n)], torch.ones(1)), n) for n in (1.0, 2.0, 3.0)]
    finish(hub)
    assert [strand.result[0].tolist() for strand in strands] == [[2, 2], [3, 3], [4, 4]]


def test_the_hub_counts_where_its_time_goes() -> None:
    hub, module = Hub(rows=16), Module()
    hub.share(module)

    def program() -> None:
        for _ in range(3):
            walk(module, 1)()
            time.sleep(0.01)

    hub.start(program, 1)
    begun = time.perf_counter()
    finish(hub)
    passed = time.perf_counter() - begun
    seconds = hub.seconds
    assert seconds.strands >= 0.03
    assert min(seconds.forwards, seconds.own) > 0
    assert seconds.strands + seconds.forwards + seconds.own == pytest.approx(passed, rel=0.05)
