"""The pictures as the autoencoder sees them, encoded once and kept beside them, with their captions as tokens."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor
from tqdm import tqdm
from transformers import CLIPTokenizer

from .config import SHRINK, Bucket, Data
from .data import THINGS
from .networks import CHANNELS, autoencoder_of
from .pictures import Pictures, Rows, buckets_of, choose, many_tokens
from .run import Run

ENCODED_AT_ONCE = 64


@dataclass(frozen=True)
class Latents:
    """One bucket: (pictures, 2, 4, rows, columns) means and spreads, what things cover (pictures, rows, columns), and
    captions (pictures, wordings, tokens)."""

    bucket: Bucket
    rows: Rows
    things: Rows
    ids: Tensor
    for_training: int
    scale: float

    def draw(self, batch: int, randomness: Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Clean latents (count, 4, rows, columns) with a spread of about 1, how much of each things cover
        (count, rows, columns), 0 to 1, and a caption of each (count, tokens)."""
        count = self.bucket.at_once(batch)
        chosen = choose(self.for_training, count, randomness)
        mean, spread = self.rows[chosen].float().unbind(1)
        noise = torch.randn(mean.shape, generator=randomness, device=mean.device)
        wording = choose(self.ids.shape[1], count, randomness)
        covered = self.things[chosen].float() / 255
        return (mean + spread * noise) * self.scale, covered, self.ids[chosen, wording].long()


def latents_of(data: Data, tokenizer: CLIPTokenizer, run: Run) -> list[Latents]:
    autoencoder = autoencoder_of(run.folder, run.device).to(memory_format=torch.channels_last).eval()
    mark, scale = fingerprint(autoencoder), autoencoder.config["scaling_factor"]
    found = []
    for pictures in buckets_of(data, run, data.buckets):
        path = pictures.folder / f"latents.{mark}.npy"
        if not path.exists():
            encode(autoencoder, pictures, path, run)
        wordings = pictures.captions
        ids = many_tokens(tokenizer, [text for texts in wordings for text in texts])
        ids = ids.view(len(wordings), -1, ids.shape[1]).to(run.device)
        found.append(
            Latents(
                pictures.bucket, Rows(path, run), Rows(pictures.folder / THINGS, run), ids, pictures.for_training, scale
            )
        )
    return found


def fingerprint(autoencoder: Any) -> str:
    """Of the encoder alone: a sharper decoder leaves the latents as they are."""
    digest = hashlib.sha256()
    for value in autoencoder.encoder.state_dict().values():
        digest.update(value.cpu().numpy().tobytes())
    return digest.hexdigest()[:8]


@torch.no_grad()
def encode(autoencoder: Any, pictures: Pictures, path: Path, run: Run) -> None:
    """Written under another name until it is whole; those of an earlier encoder go."""
    for old in path.parent.glob("latents.*.npy"):
        old.unlink()
    bucket, fresh = pictures.bucket, path.with_suffix(".new")
    shape = (len(pictures.rows), 2, CHANNELS, bucket.height // SHRINK, bucket.width // SHRINK)
    array = np.lib.format.open_memmap(fresh, mode="w+", dtype=np.float16, shape=shape)
    for some in tqdm(torch.arange(len(array)).split(bucket.at_once(ENCODED_AT_ONCE)), desc=f"latents {bucket.name}"):
        with run.autocast():
            seen = autoencoder.encode(pictures[some]).latent_dist
        array[some.numpy()] = torch.stack([seen.mean, seen.std], dim=1).half().cpu().numpy()
    array.flush()
    fresh.replace(path)
