"""Draws all that a run learns from into arrays, once, on every core. The only stage that draws.

`data/WIDTHxHEIGHT/` (`WIDTHxHEIGHT-close/` for cut-outs) holds one bucket: `pictures.npy`, (pictures, height, width,
3) uint8, and `captions.txt`, a line a picture, its wordings parted by tabs; `things.npy`, (pictures, height / 4,
width / 4) uint8, tells how much of each latent's pixels things cover, 0 to 255. `data/words/` holds captions without
pictures and what the text encoder must be able to read from them (`answers.npy`, (captions, questions) int16).
`data/lessons/` holds the judge's pictures.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from diffusion.mini.illustrator import seeds
from diffusion.mini.illustrator.captions import caption, fragment
from diffusion.mini.illustrator.drawing import draw as picture_of
from diffusion.mini.illustrator.lessons import ANSWERS as LESSONS
from diffusion.mini.illustrator.lessons import lesson
from diffusion.mini.illustrator.lot import Kind, scene_of
from diffusion.mini.illustrator.scene import Scene
from diffusion.mini.words import words

from .config import SHRINK, Bucket, Data
from .questions import QUESTIONS

CHUNK = 256
ANSWERS, CAPTIONS, PICTURES, THINGS = "answers.npy", "captions.txt", "pictures.npy", "things.npy"

Drawn = tuple[list[list[str]], Mapping[str, np.ndarray]]
"""The captions of one chunk, and its rows of the folder's arrays by the names of their files."""


def draw(config: Data, folder: Path, workers: int | None = None) -> None:
    """Draws what is not there yet; a folder that is already whole is kept."""
    with ProcessPoolExecutor(workers) as processes:
        for bucket in config.buckets:
            fill(folder / "data" / bucket.name, bucket.pictures, partial(draw_pictures, config, bucket), processes)
        fill(folder / "data" / "words", config.words, partial(draw_words, config), processes)
        fill(folder / "data" / "lessons", config.lessons, partial(draw_lessons, config), processes)


def fill(folder: Path, count: int, painter: Callable[[range], Drawn], processes: ProcessPoolExecutor) -> None:
    """Writes the chunks in their order into a folder that gets its name when it is whole."""
    if folder.exists():
        return
    fresh = folder.with_name(f"{folder.name}.new")
    fresh.mkdir(parents=True, exist_ok=True)
    chunks = [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    arrays: dict[str, np.memmap] = {}
    with (
        tqdm(total=count, desc=f"data {folder.name}") as bar,
        (fresh / CAPTIONS).open("w", encoding="utf-8") as captions,
    ):
        for chunk, (texts, drawn) in zip(chunks, processes.map(painter, chunks), strict=True):
            captions.writelines("\t".join(wordings) + "\n" for wordings in texts)
            for name, values in drawn.items():
                if name not in arrays:
                    shape = (count, *values.shape[1:])
                    arrays[name] = np.lib.format.open_memmap(fresh / name, mode="w+", dtype=values.dtype, shape=shape)
                arrays[name][chunk.start : chunk.stop] = values
            bar.update(len(chunk))
    for array in arrays.values():
        array.flush()
    fresh.rename(folder)


def draw_pictures(config: Data, bucket: Bucket, rows: range) -> Drawn:
    """Each bucket draws other scenes."""
    shift = seeds.PICTURES + config.first_seed + bucket_shift(config, bucket)
    pictures, things, captions = [], [], []
    for row in rows:
        rng = random.Random(shift + row)
        scene = scene_of(shift + row, kind="single" if bucket.close else kind_by_lot(config, rng))
        picture, covered = close_up(scene, rng, bucket.size) if bucket.close else whole(scene, bucket.size)
        pictures.append(picture)
        things.append(shares(covered))
        told = seen_close(scene) if bucket.close else scene
        captions.append([worded(told, rng, config.fragments) for _ in range(config.wordings)])
    return captions, {PICTURES: np.stack(pictures), THINGS: np.stack(things)}


def kind_by_lot(config: Data, rng: random.Random) -> Kind | None:
    return rng.choices(list(config.kinds), list(config.kinds.values()))[0] if config.kinds else None


def whole(scene: Scene, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The picture, (rows, columns, 3), and where things are in it, (rows, columns) of bool."""
    drawing = picture_of(scene, size)
    return np.asarray(drawing.picture), drawing.covered


def close_up(scene: Scene, rng: random.Random, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The same of a cut-out of this size, from a picture twice as wide and high, with the thing near its middle."""
    picture, covered = whole(scene, (size[0] * 2, size[1] * 2))
    middle = np.argwhere(covered).mean(0) if covered.any() else np.array(size[::-1])
    corner = [
        int(min(max(centre - side / 2 + rng.uniform(-side, side) / 8, 0), side))
        for centre, side in zip(middle, size[::-1], strict=True)
    ]
    window = tuple(slice(start, start + side) for start, side in zip(corner, size[::-1], strict=True))
    return picture[window], covered[window]


def seen_close(scene: Scene) -> Scene:
    """What can be said of a cut-out: neither where the thing is, nor how large."""
    groups = tuple(replace(group, size="medium") for group in scene.groups)
    return replace(scene, groups=groups, place="", extras=())


def shares(covered: np.ndarray) -> np.ndarray:
    """How much of each latent's pixels is covered, (rows / SHRINK, columns / SHRINK), 0 to 255."""
    rows, columns = (length // SHRINK for length in covered.shape)
    return (covered.reshape(rows, SHRINK, columns, SHRINK).mean((1, 3)) * 255).astype(np.uint8)


def bucket_shift(config: Data, bucket: Bucket) -> int:
    before = config.buckets[: config.buckets.index(bucket)]
    return sum(other.pictures for other in before)


def worded(scene: Scene, rng: random.Random, fragments: float = 0.0) -> str:
    """Half of the captions are without what people put before and after, and some name one part of the scene alone."""
    if rng.random() < fragments:
        return one_line(fragment(scene, rng))
    return one_line(caption(scene, rng, plain=rng.random() < 0.5))


def one_line(text: str) -> str:
    return " ".join(text.split())


def draw_words(config: Data, rows: range) -> Drawn:
    answers, captions = [], []
    for row in rows:
        seed = config.first_seed + seeds.WORDS + row
        scene = scene_of(seed)
        captions.append([worded(scene, random.Random(seed))])
        answers.append([possible.index(true(scene)) for possible, true in QUESTIONS.values()])
    return captions, {ANSWERS: np.array(answers, np.int16)}


def draw_lessons(config: Data, rows: range) -> Drawn:
    pictures, answers = zip(*(lesson(seeds.LESSONS + row) for row in rows), strict=True)
    right = np.array([LESSONS.index(answer) for answer in answers], np.int16)
    drawn = np.stack([np.asarray(picture) for picture in pictures])
    return [[answer] for answer in answers], {PICTURES: drawn, ANSWERS: right}


def captions_of(folder: Path) -> list[list[str]]:
    """The wordings of each picture of a folder of `data/`."""
    return [line.split("\t") for line in (folder / CAPTIONS).read_text("utf-8").splitlines()]


def texts(folder: Path) -> Iterable[str]:
    """All captions without pictures, and the fillers that people write."""
    fillers = (*words().filler, *words().meant)
    yield from (wordings[0] for wordings in captions_of(folder / "data" / "words"))
    for _ in range(60):
        yield from fillers
