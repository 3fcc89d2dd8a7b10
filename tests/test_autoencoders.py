"""An autoencoder that many pictures share keeps its dtype."""

from pathlib import Path
from typing import Any

import pytest
import torch

from diffusion.models.autoencoders import settle_autoencoder
from diffusion.models.families import Task
from diffusion.models.pipelines import load
from tests.tiny_models import spec

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers")


@pytest.mark.parametrize(
    ("dtype", "kept"), [(torch.float16, torch.float32), (torch.bfloat16, torch.bfloat16)], ids=["float16", "bfloat16"]
)
def test_one_that_overflows_in_half_precision_is_in_single_for_good(
    dtype: torch.dtype, kept: torch.dtype, tmp_path: Path
) -> None:
    model = load(spec("sdxl", tmp_path), torch.device("cpu"), torch.float32, lambda note: None)
    pipeline: Any = model.templates[Task.TEXT]
    pipeline.vae.register_to_config(force_upcast=True)
    pipeline.vae.to(dtype)
    settle_autoencoder(pipeline)
    assert pipeline.vae.dtype == kept
    assert not pipeline.vae.config.force_upcast  # so no pipeline casts it while others use it
    with torch.inference_mode():
        latents = pipeline.vae.encode(torch.zeros(1, 3, 32, 32, dtype=dtype)).latent_dist.mode()
        decoded = pipeline.vae.decode(latents.to(dtype)).sample
    assert decoded.dtype == kept
    assert decoded.isfinite().all()
