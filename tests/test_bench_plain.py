"""Plain diffusers counts what it computes, for models of any family."""

from dataclasses import replace

import pytest

from bot.bench.people import usual
from bot.bench.plain import Plain
from diffusion.registry import ModelSpec
from diffusion.settings import EngineSettings
from tests import tiny_models

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers")
SETTINGS = EngineSettings(device="cpu", dtype="float32", threads=1)
NAMES = ["Euler", "Heun", "UniPC"]


@pytest.mark.parametrize(
    ("family", "known", "rows"),
    [
        ("sd", NAMES, [1 * 2, 3 * 2, 3 * 2, 1]),
        ("flux", ["Euler", "UniPC"], [1, 3, 3, 1]),
        ("z-image", ["Euler", "UniPC"], [1 * 2, 3 * 2, 3 * 2, 1]),
    ],
)
def test_the_rows_of_every_forward_are_counted_and_samplers_that_do_not_fit_left_out(family, known, rows, tmp_path):
    spec = replace(tiny_models.spec(family, tmp_path), sampler="Euler", steps=3)
    plain, request = Plain(spec, SETTINGS), usual(spec, (32, 32))
    assert plain.known(NAMES, (32, 32)) == known
    wanted = [
        replace(request, steps=1),
        request,
        replace(request, sampler="UniPC"),
        replace(request, steps=1, guidance=0),
    ]
    assert [made.rows for made in plain.develop(wanted)] == rows
    assert plain.forward_seconds((32, 32), 3) > 0


def test_the_work_of_a_row_grows_with_the_picture_and_decoding_is_the_rest():
    spec = ModelSpec(name="mini", source="builtin", size=128, steps=20, guidance=4.0, sampler="DDIM")
    plain = Plain(spec, SETTINGS)
    small, large = plain.work((64, 64)), plain.work((128, 128))
    assert 3.5 < large.row / small.row < 5  # attention grows faster than the pixels
    assert 3 < large.once / small.once < 4.5  # the words cost the same for any size
    assert large.row > 1e9
