"""What was drawn where a prompt leaves a choice, in as few words as tell it from what was typed. Pure."""

import re
from collections.abc import Sequence
from itertools import takewhile

from bot.face import quoted

ROOM = 60
"""Characters for what was drawn for one picture."""


def line(typed: str, prompts: Sequence[str]) -> str:
    """ "drawn: #1 red · #2 blue" of the prompts of a request's pictures; nothing where all are as it was typed."""
    if all(prompt == typed for prompt in prompts):
        return ""
    told = [quoted(words, ROOM) or "nothing" for words in choices(typed, prompts)]
    if len(set(told)) == 1:
        return f"drawn: {told[0]}"
    return f"drawn: {' · '.join(f'#{number} {words}' for number, words in enumerate(told, 1))}"


def choices(typed: str, prompts: Sequence[str]) -> list[str]:
    """Of each prompt what is left without the words that all of them, and the typed one, begin and end with."""
    texts = [text.split() for text in (typed, *prompts)]
    head = _alike(texts)
    tail = _alike([text[head:][::-1] for text in texts])
    return [re.sub(r"[\s,.;:]+$", "", " ".join(text[head : len(text) - tail])) for text in texts[1:]]


def _alike(texts: Sequence[Sequence[str]]) -> int:
    """How many words all of them begin with."""
    return len(list(takewhile(lambda words: len(set(words)) == 1, zip(*texts, strict=False))))
