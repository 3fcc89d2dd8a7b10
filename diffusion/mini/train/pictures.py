"""What was drawn, for reading: the pictures of each bucket, and which bucket a step's batch is of. Draws nothing."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import torch
from torch import Generator, Tensor
from transformers import CLIPTokenizer

from diffusion.request import Told

from .config import Bucket, Data
from .data import PICTURES, captions_of
from .run import Run

AT_ONCE = 4096


class Shelved(Protocol):
    """What a stage keeps of one bucket."""

    @property
    def bucket(self) -> Bucket: ...


Shelf = TypeVar("Shelf", bound=Shelved)


class Rows:
    """A large array, in the device's memory or on disk, of which some rows are fetched to the device at a time."""

    def __init__(self, path: Path, run: Run):
        self.device = run.device
        self.array: np.ndarray = np.load(path, mmap_mode="r")
        held = run.machine.data_on_device
        self.held = torch.from_numpy(np.array(self.array)).to(run.device) if held else None

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, indices: Tensor) -> Tensor:
        if self.held is not None:
            return self.held[indices]
        rows = torch.from_numpy(self.array[indices.cpu().numpy()])
        if self.device.type == "cuda":
            rows = rows.pin_memory()
        return rows.to(self.device, non_blocking=True)


@dataclass(frozen=True)
class Pictures:
    """The pictures of one bucket and their captions; the last ones are kept back from training."""

    bucket: Bucket
    folder: Path
    kept_back: int
    rows: Rows

    @property
    def for_training(self) -> int:
        return len(self.rows) - self.kept_back

    @cached_property
    def captions(self) -> list[list[str]]:
        return captions_of(self.folder)

    def __getitem__(self, indices: Tensor) -> Tensor:
        """(pictures, 3, height, width), -1 to 1."""
        pixels = self.rows[indices].permute(0, 3, 1, 2)  # channels last in memory, as the networks like it
        return pixels.float() / 127.5 - 1

    def held_out(self, count: int) -> Tensor:
        first = self.for_training
        return self[torch.arange(first, min(first + count, len(self.rows)))]


def choose(among: int, count: int, randomness: Generator) -> Tensor:
    """(count,) row numbers, on the device."""
    return torch.randint(among, (count,), generator=randomness, device=randomness.device)


def buckets_of(data: Data, run: Run, buckets: Sequence[Bucket] = ()) -> list[Pictures]:
    """Those buckets, or all of whole pictures."""
    buckets = buckets or data.whole
    folders = [run.folder / "data" / bucket.name for bucket in buckets]
    if missing := next((folder for folder in folders if not folder.is_dir()), None):
        raise Told(f"The pictures {missing.name} are not drawn yet; remove {run.folder / 'data.json'} and run “data”.")
    return [
        Pictures(bucket, folder, data.kept_back, Rows(folder / PICTURES, run))
        for bucket, folder in zip(buckets, folders, strict=True)
    ]


def turn(shelves: Sequence[Shelf], lot: random.Random) -> Shelf:
    """Whose turn it is, by lot."""
    (shelf,) = lot.choices(shelves, [shelf.bucket.share for shelf in shelves])
    return shelf


def tokens(tokenizer: CLIPTokenizer, texts: Sequence[str]) -> Tensor:
    """(texts, tokens) of token numbers, padded with the end mark."""
    return tokenizer(list(texts), padding="max_length", truncation=True, return_tensors="pt").input_ids


def many_tokens(tokenizer: CLIPTokenizer, texts: Sequence[str]) -> Tensor:
    """The same for as many as there are, int16."""
    parts = [tokens(tokenizer, texts[start : start + AT_ONCE]).short() for start in range(0, len(texts), AT_ONCE)]
    return torch.cat(parts)
