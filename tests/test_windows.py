"""Windows: a call of a large picture is as many of the trained size, and nobody sees where they meet."""

from typing import Any

import pytest
import torch
from torch.nn.functional import interpolate

from diffusion.pictures.windows import places, windowed, windowed_autoencoder
from diffusion.request import Told
from tests.families import autoencoders


class Pointwise(torch.nn.Module):
    """Answers each place by itself, as no denoiser does: cut or whole, the answer must be the same."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Size] = []

    def forward(self, sample: torch.Tensor, timestep: torch.Tensor, words: Any = None, return_dict: bool = True) -> Any:
        self.seen.append(sample.shape)
        answer = sample * timestep + words["text"].mean(dim=(1, 2))[:, None, None, None]
        return {"sample": answer} if return_dict else (answer,)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (24, 16), (32, 32), (40, 17), (8, 64)])
def test_the_windows_cover_all_and_overlap(height: int, width: int) -> None:
    covered = torch.zeros(height, width)
    for rows, columns in places(height, width, 16):
        assert (rows.stop - rows.start, columns.stop - columns.start) == (min(16, height), min(16, width))
        covered[rows, columns] += 1
    assert covered.min() >= 1
    if height > 16:
        inner = covered[:, 0] > 1
        assert inner.sum() >= 8


def test_windows_begin_at_multiples() -> None:
    assert {place.start % 8 for each in places(200, 136, 64, 8) for place in each} == {0}


@pytest.mark.parametrize("together", [1, 4, 100])
def test_cut_or_whole_a_call_says_the_same(together: int) -> None:
    module = Pointwise()
    sample = torch.randn(2, 4, 40, 24)
    given = {"timestep": torch.tensor(3.0), "words": {"text": torch.randn(2, 5, 6)}}
    whole = module(sample, **given)["sample"]
    module.seen.clear()
    twin = windowed(module, 16, together=together)
    assert torch.allclose(twin(sample, **given)["sample"], whole, atol=1e-5)
    assert torch.allclose(twin(sample=sample, return_dict=False, **given)[0], whole, atol=1e-5)
    assert {shape[2:] for shape in module.seen} == {(16, 16)}
    assert max(shape[0] for shape in module.seen) == 2 * min(together, 4 * 2)


def test_the_module_itself_stays_as_it_was() -> None:
    module = Pointwise()
    windowed(module, 16)
    module(torch.randn(1, 4, 40, 24), torch.tensor(1.0), {"text": torch.zeros(1, 1, 1)})
    assert module.seen == [(1, 4, 40, 24)]


def test_what_is_no_map_is_told_or_runs_whole() -> None:
    twin = windowed(torch.nn.Identity(), 16, whole=Told("too large"))
    with pytest.raises(Told, match="too large"):
        twin(torch.zeros(1, 400, 64))
    assert windowed(torch.nn.Identity(), 16)(torch.zeros(1, 400, 64)).shape == (1, 400, 64)


@torch.inference_mode()
def test_an_autoencoder_in_windows_shows_no_seam() -> None:
    """Where windows end, neighbours differ no more than they do without windows."""
    torch.manual_seed(0)
    vae: Any = autoencoders.kl(norm_num_groups=1)
    twin = windowed_autoencoder(vae, 32)
    picture = interpolate(torch.randn(1, 3, 12, 12), size=(96, 96), mode="bicubic")

    def steps(vae: Any) -> torch.Tensor:
        latents = vae.encode(picture).latent_dist.mean
        decoded = vae.decode(latents).sample
        assert (latents.shape, decoded.shape) == ((1, 4, 48, 48), picture.shape)
        return (decoded[..., 1:] - decoded[..., :-1]).abs().mean(dim=(0, 1, 2))

    ratio = steps(twin) / steps(vae)
    assert not torch.allclose(ratio, torch.ones_like(ratio))
    assert ratio.max() < 1.5 * ratio.median()
