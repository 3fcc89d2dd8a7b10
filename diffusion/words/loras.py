"""LoRAs that a prompt asks for, as Automatic1111 writes them: `<lora:watercolour:0.8>`. Knows words, no files.

Loads no torch; what a LoRA does to a model is `diffusion.words.adapters`.
"""

import re
from dataclasses import dataclass

from diffusion.request import Told

STRONGEST = 2.0
"""A weight is at most this, and at least its negative."""

_MENTION = re.compile(r"<\s*lora\s*:(?P<name>[^:<>]*)(?::(?P<weight>[^<>]*))?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """One LoRA of a prompt; below 0 it takes away what it was trained to add."""

    name: str
    weight: float = 1.0

    def __str__(self) -> str:
        return f"<lora:{self.name}:{self.weight:g}>"


def mentions(text: str) -> tuple[Mention, ...]:
    """The LoRAs of a prompt in their order; of one that is named twice the last weight counts. `Told` for a bad one."""
    found = (_read(match) for match in _MENTION.finditer(text))
    return tuple({mention.name: mention for mention in found}.values())


def without_mentions(text: str) -> str:
    """The words that the model reads; a text that mentions none is given back as it is."""
    return " ".join(_MENTION.sub(" ", text).split()) if _MENTION.search(text) else text


def _read(match: re.Match[str]) -> Mention:
    name, weight = match["name"].strip(), (match["weight"] or "1").strip()
    if not name:
        raise Told("`<lora:…>` wants a name, for example `<lora:watercolour:0.8>`.")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", weight) or abs(float(weight)) > STRONGEST:
        raise Told(
            f"The weight of a LoRA is a number from -{STRONGEST:g} to {STRONGEST:g}, for example `<lora:{name}:0.8>`; "
            f"“{weight}” is not that."
        )
    return Mention(name, float(weight))
