"""The pictures of a run, drawn once into one file, and their scenes, drawn by lot again when they are asked for."""

import functools
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor
from tqdm import tqdm

from diffusion.mini.captions import caption
from diffusion.mini.pixels import tensor
from diffusion.mini.scenes import SIDE, Scene, render, sample_scene

from .config import Data

FILE = "pictures.npy"
CHUNK = 256


@dataclass(frozen=True)
class Pictures:
    """The drawn pictures, (pictures, SIDE, SIDE, 3) uint8 on disk; those kept back come last."""

    array: np.ndarray
    data: Data

    @classmethod
    def open(cls, folder: Path, data: Data) -> "Pictures":
        return cls(np.load(folder / FILE, mmap_mode="r"), data)

    @property
    def for_training(self) -> int:
        return len(self.array) - self.data.kept_back

    def choose(self, count: int, randomness: Generator) -> list[int]:
        return torch.randint(self.for_training, (count,), generator=randomness).tolist()

    def __getitem__(self, indices: list[int]) -> Tensor:
        """(pictures, 3, SIDE, SIDE), -1 to 1."""
        return tensor([self.array[index] for index in indices])

    def scene(self, index: int) -> Scene:
        return sample_scene(self.data.first_seed + index)

    def caption(self, index: int, randomness: Generator) -> str:
        """A new wording each time; half of them without what people put before and after."""
        rng = random.Random(int(torch.randint(2**31, (1,), generator=randomness)))
        return caption(self.scene(index), rng, plain=rng.random() < 0.5)


def draw(folder: Path, data: Data) -> None:
    """Draws all pictures on every core; a file that is already whole is kept."""
    path = folder / FILE
    if path.exists():
        return
    fresh = path.with_suffix(".new")
    shape = (data.pictures, SIDE, SIDE, 3)
    np.lib.format.open_memmap(fresh, mode="w+", dtype=np.uint8, shape=shape).flush()
    starts = range(0, data.pictures, CHUNK)
    with ProcessPoolExecutor() as processes:
        chunks = processes.map(functools.partial(draw_chunk, fresh, data), starts)
        for _ in tqdm(chunks, desc="data", total=len(starts), unit_scale=CHUNK):
            pass
    fresh.replace(path)


def draw_chunk(path: Path, data: Data, start: int) -> None:
    array = np.lib.format.open_memmap(path, mode="r+")
    for index in range(start, min(start + CHUNK, data.pictures)):
        array[index] = np.asarray(render(sample_scene(data.first_seed + index)))
