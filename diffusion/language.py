"""The prompt language as a whole: what is checked before a request is queued, what is drawn for each picture, and what
of it the model then reads.

Knows the owner's folders and the text; loads no torch, so that both halves of the house read a prompt alike.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from diffusion import emphasis, loras
from diffusion.loras import Mention
from diffusion.request import Request, Told
from diffusion.shelf import Shelf
from diffusion.wildcards import Wildcards, drawable, unescaped

STRONGEST = 20.0
"""Words of a greater weight would overflow rather than stand out."""
TOGETHER = 8
"""LoRAs that one picture may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the model of one picture is given: nothing is left to be drawn, and no LoRA stands among the words."""

    prompt: str
    negative: str
    loras: tuple[Mention, ...]

    @classmethod
    def of(cls, drawn: Request) -> "Wording":
        """`Told` as in `Language.check`: what was drawn may say other things than the prompt that it was drawn from."""
        found = loras.mentions(drawn.prompt)
        _check_negative(drawn.negative)
        _check_together(found)
        words = unescaped(loras.without_mentions(drawn.prompt))
        return cls(prompt=words, negative=unescaped(drawn.negative), loras=tuple(each for each in found if each.weight))


class Language:
    """The prompt language of this installation, with the owner's folders: any of them may be missing."""

    def __init__(self, *, loras: str | Path, embeddings: str | Path, wildcards: str | Path) -> None:
        self.loras = Shelf(Path(loras), "LoRA")
        self.embeddings = Shelf(Path(embeddings), "embedding")
        self.wildcards = Wildcards(Path(wildcards))

    def check(self, prompt: str, negative: str = "") -> None:
        """`Told` for what can be known before anything is drawn or loaded: an alternative that is never closed, a
        wildcard or a LoRA that is not there, a weight that is none."""
        for text in (prompt, negative):
            self.wildcards.check(text)
            _check_weights(text)
        found = loras.mentions(prompt)
        for mention in found:
            self.loras.find(mention.name)
        _check_negative(negative)
        if not drawable(prompt):
            _check_together(found)

    def drawn(self, request: Request) -> Request:
        """The request of one picture with its words drawn by its own seed; it draws the same again, whatever becomes
        of the wildcards. The noise's variation draws no other words."""
        prompt = self.wildcards.draw(request.prompt, request.seed)
        negative = self.wildcards.draw(request.negative, f"{request.seed} negative")
        return replace(request, prompt=prompt, negative=negative)


def _check_negative(negative: str) -> None:
    if loras.mentions(negative):
        raise Told(
            "A LoRA belongs to the prompt; to turn it round, give it a weight below 0 there: `<lora:name:-0.5>`."
        )


def _check_together(found: tuple[Mention, ...]) -> None:
    if len(found) > TOGETHER:
        raise Told(f"{len(found)} LoRAs are too many for one picture; at most {TOGETHER} work together.")


def _check_weights(text: str) -> None:
    runs = (run for passage in emphasis.parse(text) for run in passage)
    if any(abs(run.weight) > STRONGEST for run in runs):
        raise Told(f"Words can weigh at most {STRONGEST:g}, for example `(word:1.3)`; brackets in brackets multiply.")
