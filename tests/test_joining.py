"""Calls with inputs of different length, or with plain lists, are joined where that is sure, and only there."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from diffusion.hub.sharing import Hub

PADDED = {"words": "mask"}


class Reader(torch.nn.Module):
    """Adds to each row the sum of those of its words that count, and the area of its picture."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, int, bool]] = []
        """Rows, length and whether there was a mask, of each forward."""

    def forward(
        self, sample: torch.Tensor, words: torch.Tensor, mask: torch.Tensor | None = None, shapes: Any = None
    ) -> torch.Tensor:
        self.seen.append((len(sample), words.shape[1], mask is not None))
        counting = words if mask is None else words * mask[..., None]
        areas = [[height * width for (height, width) in shape] for shape in shapes or []]
        assert not areas or len(areas) == len(sample)
        return sample + counting.sum(dim=(1, 2))[:, None] + sum(areas[0] if areas else [0])


@pytest.fixture
def reader() -> Reader:
    return Reader()


def asking(reader: Reader, words: list[float], **more: Any) -> Callable[[], Any]:
    return lambda: reader(torch.zeros(1, 1), torch.tensor(words).view(1, -1, 1), **more)


def answers(reader: Reader, *programs: Callable[[], Any]) -> list[float]:
    hub = Hub(rows=16)
    hub.share(reader, padded=PADDED)
    strands = [hub.start(program, owner) for owner, program in enumerate(programs)]
    while hub.busy:
        hub.tick()
    for strand in strands:
        if strand.error:
            raise strand.error
    return [strand.result.item() for strand in strands]


def test_prompts_of_different_length_are_filled_up_and_masked(reader: Reader) -> None:
    short = asking(reader, [1.0, 2.0], mask=None)
    long = asking(reader, [10.0, 20.0, 30.0], mask=None)
    masked = asking(reader, [100.0, 200.0, 300.0, 400.0], mask=torch.tensor([[1, 1, 0, 0]]))
    assert answers(reader, short, long, masked) == [3.0, 60.0, 300.0]
    assert reader.seen == [(3, 4, True)]


def test_prompts_of_one_length_need_no_mask(reader: Reader) -> None:
    assert answers(reader, asking(reader, [1.0], mask=None), asking(reader, [2.0], mask=None)) == [1.0, 2.0]
    assert reader.seen == [(2, 1, False)]


def test_one_alone_is_left_as_it_is(reader: Reader) -> None:
    assert answers(reader, asking(reader, [1.0, 2.0], mask=None)) == [3.0]
    assert reader.seen == [(1, 2, False)]


def test_a_plain_list_for_each_row_grows_with_the_rows(reader: Reader) -> None:
    programs = [asking(reader, [value], mask=None, shapes=[[(2, 3)]]) for value in (1.0, 2.0)]
    assert answers(reader, *programs) == [7.0, 8.0]
    assert reader.seen == [(2, 1, False)]


def test_pictures_of_different_shape_are_kept_apart(reader: Reader) -> None:
    programs = [asking(reader, [1.0], mask=None, shapes=[[shape]]) for shape in ((2, 3), (4, 5))]
    assert answers(reader, *programs) == [7.0, 21.0]
    assert len(reader.seen) == 2


def test_a_list_of_plain_values_may_mean_anything_and_runs_alone(reader: Reader) -> None:
    with pytest.raises(TypeError):  # as 7 is no shape; what counts is that nobody made two of it
        answers(reader, *[asking(reader, [1.0], mask=None, shapes=[7]) for _ in range(2)])
    assert reader.seen == [(1, 1, False)] * 2
