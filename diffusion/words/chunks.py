"""A prompt of any length and with weighted words as chunks of a CLIP tokenizer's length, cut as Automatic1111 cuts.

Knows tokens and weights; what a model makes of them is `diffusion.words.conditioning`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diffusion.words import emphasis
from diffusion.words.inversions import Inversion, pieces

BACKTRACK = 20
"""Tokens after a chunk's last comma that go over to the next one, so that no phrase is torn where it can be helped."""


@dataclass(frozen=True, slots=True)
class Token:
    """One place of a chunk, or the several places of an embedding, which stay together."""

    ids: tuple[int, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the text encoder reads at once, without its beginning and end marks."""

    tokens: tuple[Token, ...] = ()

    @property
    def ids(self) -> list[int]:
        return [each for token in self.tokens for each in token.ids]

    @property
    def weights(self) -> list[float]:
        return [token.weight for token in self.tokens for _ in token.ids]


def length(tokenizer: Any) -> int:
    """Places of a chunk: the tokenizer's, less the two marks."""
    return tokenizer.model_max_length - 2


def ids(tokenizer: Any, words: str) -> list[int]:
    """The tokens of words, without marks and uncut."""
    return tokenizer(words, add_special_tokens=False, truncation=False, verbose=False).input_ids


def cut(text: str, tokenizer: Any, inversions: Mapping[str, Inversion]) -> list[Chunk]:
    """The chunks of a prompt, one at least. `inversions` are the embeddings that a word of it may name."""
    comma = tuple(ids(tokenizer, ","))
    passages = emphasis.parse(text)
    found: list[Chunk] = []
    for passage in passages if passages[-1] or len(passages) == 1 else passages[:-1]:
        tokens = [token for run in passage for token in _tokens(run, tokenizer, inversions)]
        found += _packed(tokens, length(tokenizer), comma)
    return found


def _tokens(run: emphasis.Run, tokenizer: Any, inversions: Mapping[str, Inversion]) -> Iterator[Token]:
    for piece in pieces(run.words, inversions):
        if isinstance(piece, Inversion):
            yield Token(piece.ids, run.weight)
        else:
            yield from (Token((each,), run.weight) for each in ids(tokenizer, piece))


def _packed(tokens: Sequence[Token], room: int, comma: tuple[int, ...]) -> list[Chunk]:
    """Fills chunks in order; a chunk that overflows gives what follows its last comma to the next, if it is little."""
    chunks: list[Chunk] = []
    open_: list[Token] = []
    for token in tokens:
        while _places(open_) + len(token.ids) > room:
            kept = _kept(open_, comma) if token.ids != comma else len(open_)
            chunks.append(Chunk(tuple(open_[:kept])))
            open_ = open_[kept:]
        open_.append(token)
    return [*chunks, Chunk(tuple(open_))]


def _kept(tokens: Sequence[Token], comma: tuple[int, ...]) -> int:
    """How many tokens stay: up to the last comma where that is near the end."""
    last = max((place for place, token in enumerate(tokens, 1) if token.ids == comma), default=0)
    return last if last and _places(tokens[last:]) <= BACKTRACK else len(tokens)


def _places(tokens: Sequence[Token]) -> int:
    return sum(len(token.ids) for token in tokens)
