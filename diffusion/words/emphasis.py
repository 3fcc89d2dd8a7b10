"""Automatic1111's weights of words, read from a prompt. Knows text alone: no tokens, no model, no torch.

    (word)        1.1 times as strong; brackets in brackets multiply
    [word]        1.1 times as weak
    (word:1.3)    1.3 times as strong
    \\( \\) \\[ \\]   the brackets themselves
    BREAK         what follows begins a new chunk

As there: a bracket that is never closed holds to the end, a closing one that was never opened is a letter.
https://github.com/AUTOMATIC1111/stable-diffusion-webui/wiki/Features#attentionemphasis
"""

import re
from dataclasses import dataclass

STRONGER = 1.1
"""What a pair of round brackets multiplies by; a square one divides."""

_SYNTAX = re.compile(r"[()\[\]\\]|\bBREAK\b")
_TOKEN = re.compile(
    r"""\\(?P<escaped>[()\[\]\\])
      | (?P<open>[(\[])
      | :\s*(?P<weight>[+-]?(?:\d+\.?\d*|\.\d+))\s*\)
      | (?P<close>[)\]])
      | \s*\b(?P<stop>BREAK)\b\s*
      | (?P<letter>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENED_BY = {")": "(", "]": "["}
_FACTOR = {"(": STRONGER, "[": 1 / STRONGER}


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one weight."""

    words: str
    weight: float = 1.0


Passage = tuple[Run, ...]
"""What stands between two BREAKs."""


def weighted(text: str) -> bool:
    """Whether anything in the text is meant as syntax."""
    return bool(_SYNTAX.search(text))


def weighs(text: str) -> bool:
    """Whether a text gives words a weight, or breaks; one with nothing but escapes does not."""
    passages = parse(text)
    return len(passages) > 1 or any(run.weight != 1 for passage in passages for run in passage)


def parse(text: str) -> tuple[Passage, ...]:
    """The passages of a prompt; at least one, which may be empty. Every text has a meaning."""
    reading = _Reading()
    for token in _TOKEN.finditer(text):
        reading.take(token)
    return reading.passages()


def plain(text: str) -> str:
    """The words without the syntax, for models that weigh none; a text without any is given back as it is."""
    if not weighted(text):
        return text
    passages = ("".join(run.words for run in passage).strip() for passage in parse(text))
    return " ".join(filter(None, passages))


class _Reading:
    """What was read so far: letters, each with its weight, and where the open brackets began."""

    def __init__(self) -> None:
        self._letters: list[str | None] = []
        """`None` is a BREAK."""
        self._weights: list[float] = []
        self._opened: dict[str, list[int]] = {"(": [], "[": []}

    def take(self, token: re.Match[str]) -> None:
        rounds = self._opened["("]
        match token.lastgroup:
            case "open":
                self._opened[token["open"]].append(len(self._letters))
            case "weight" if rounds:
                self._scale(rounds.pop(), float(token["weight"]))
            case "close" if self._opened[_OPENED_BY[token["close"]]]:
                bracket = _OPENED_BY[token["close"]]
                self._scale(self._opened[bracket].pop(), _FACTOR[bracket])
            case "stop":
                self._write(None)
            case "escaped":
                self._write(token["escaped"])
            case _:
                for letter in token[0]:
                    self._write(letter)

    def passages(self) -> tuple[Passage, ...]:
        for bracket, starts in self._opened.items():
            while starts:
                self._scale(starts.pop(), _FACTOR[bracket])
        found: list[list[Run]] = [[]]
        for letter, weight in zip(self._letters, (round(weight, 6) for weight in self._weights), strict=True):
            if letter is None:
                found.append([])
            elif found[-1] and found[-1][-1].weight == weight:
                found[-1][-1] = Run(found[-1][-1].words + letter, weight)
            else:
                found[-1].append(Run(letter, weight))
        return tuple(map(tuple, found))

    def _write(self, letter: str | None) -> None:
        self._letters.append(letter)
        self._weights.append(1.0)

    def _scale(self, start: int, factor: float) -> None:
        self._weights[start:] = [weight * factor for weight in self._weights[start:]]
