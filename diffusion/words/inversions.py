"""Textual inversions: words that an owner taught a CLIP model, each as a few vectors in a file (Gal et al. 2022,
https://arxiv.org/abs/2208.01618). Files of Automatic1111 and of diffusers, safetensors alone.

A word of a prompt that equals a file's name stands for its vectors, in whatever case. They get ids below 0, which no
tokenizer gives, so nothing changes for prompts without them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from diffusion.request import Told
from diffusion.words.shelf import pattern

PARTS = ("clip_l", "clip_g")
"""What the files for two text encoders call each one's vectors."""


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What a file holds."""

    path: Path
    changed: int
    """When it was written, in ns."""
    vectors: tuple[torch.Tensor, ...]
    """One tensor for each text encoder, all of as many rows: (places, width of the encoder)."""


@dataclass(frozen=True, slots=True)
class Inversion:
    """An embedding as it stands among a prompt's tokens."""

    name: str
    ids: tuple[int, ...]


def pieces(text: str, inversions: Mapping[str, Inversion]) -> Iterator[str | Inversion]:
    """The text in order, cut where a word names an embedding."""
    words = pattern(inversions)
    by_key = {name.casefold(): inversion for name, inversion in inversions.items()}
    at = 0
    for match in words.finditer(text) if words else ():
        yield from filter(None, [text[at : match.start()].strip()])
        yield by_key[match[0].casefold()]
        at = match.end()
    yield from filter(None, [text[at:].strip()])


class Unfit(Exception):
    """An embedding that was made for other models than this one."""


class Inversions:
    """The embeddings that one model's text encoders know so far."""

    def __init__(self, encoders: Sequence[Any], room: int) -> None:
        """`room`: the places of a chunk, more than which none can have."""
        self._tables = [Table(encoder.get_input_embeddings()) for encoder in encoders]
        self._room = room
        self._known: dict[tuple[Path, int], Inversion] = {}

    def read(self, path: Path) -> Taught:
        """The vectors of a file; may be called on any thread. `Told` where it holds none, `Unfit` where they are for
        other text encoders."""
        try:
            changed = path.stat().st_mtime_ns
            tensors = {name: value for name, value in load_file(path).items() if value.ndim in (1, 2)}
        except (SafetensorError, OSError) as error:
            raise Told(f"The embedding “{path.stem}” cannot be read; tell the owner, or leave it out.") from error
        widths = [table.width for table in self._tables]
        chosen = [tensors[part] for part in PARTS if part in tensors] or list(tensors.values())[:1]
        vectors = tuple(value.reshape(-1, value.shape[-1]) for value in chosen)  # each (places, width)
        if [value.shape[1] for value in vectors] != widths or len({len(value) for value in vectors}) != 1:
            raise Unfit(path.stem)
        if any(value.isnan().any() for value in vectors):
            raise Told(f"The embedding “{path.stem}” is damaged: some of its weights are no numbers; leave it out.")
        if len(vectors[0]) > self._room:
            raise Told(f"The embedding “{path.stem}” has {len(vectors[0])} places and {self._room} fit; leave it out.")
        return Taught(path, changed, vectors)

    def take(self, taught: Taught) -> Inversion:
        """Adds an embedding, once for each state of its file."""
        key = taught.path, taught.changed
        if key not in self._known:
            (ids,) = {table.add(own) for table, own in zip(self._tables, taught.vectors, strict=True)}
            self._known[key] = Inversion(taught.path.stem, ids)
        return self._known[key]


class Table:
    """A text encoder's table of tokens, grown by rows that are counted from -1 downwards."""

    def __init__(self, embedding: torch.nn.Embedding) -> None:
        self.width = embedding.embedding_dim
        self._embedding = embedding
        self._plain = embedding.forward
        self._rows = torch.empty(0, self.width)

    def add(self, vectors: torch.Tensor) -> tuple[int, ...]:
        """The ids of the new rows."""
        first = len(self._rows)
        weight = self._embedding.weight
        self._rows = torch.cat([self._rows.to(weight), vectors.to(weight)])
        self._embedding.forward = self._forward
        return tuple(-1 - row for row in range(first, len(self._rows)))

    def _forward(self, input: torch.Tensor) -> torch.Tensor:
        """(batch, places) -> (batch, places, width), without a look at the ids, which would wait for the card."""
        ids = input  # as torch names it
        known = self._plain(ids.clamp(min=0))
        taught = self._rows.to(known)[(-1 - ids).clamp(0, len(self._rows) - 1)]
        return torch.where((ids < 0).unsqueeze(-1), taught, known)
