"""The prompt language as a whole: what is checked before a request is queued, what is drawn for each picture, and what
of it the model then reads.

Knows the owner's folders and the text; loads no torch, so that both halves of the house read a prompt alike.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from diffusion.request import Request, Told
from diffusion.settings import EngineSettings
from diffusion.words import emphasis, loras
from diffusion.words.loras import Mention
from diffusion.words.shelf import Shelf, named
from diffusion.words.wildcards import Wildcards, drawable, spread, unescaped

STRONGEST = 20.0
"""Words of a greater weight would overflow rather than stand out."""
TOGETHER = 8
"""LoRAs that one picture may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of one picture: nothing is left to be drawn, and no LoRA stands among what the model reads."""

    drawn: Request
    """The request that makes this picture alone, with its words drawn: it makes the same again, whatever becomes of
    the wildcards."""
    prompt: str
    negative: str
    loras: tuple[tuple[Path, float], ...] = ()
    """Files with their weights, none of which is 0."""
    embeddings: tuple[Path, ...] = ()
    """Files whose names stand among the words."""

    @property
    def files(self) -> tuple[Path, ...]:
        """All that must be read for it."""
        return (*(path for path, _ in self.loras), *self.embeddings)

    @classmethod
    def plain(cls, request: Request) -> "Wording":
        """Of a request whose words are read as they are."""
        return cls(drawn=request, prompt=request.prompt, negative=request.negative)


def words(text: str) -> str:
    """All words of a prompt that a model may come to read, without any syntax; where there is none, the text itself."""
    return emphasis.plain(spread(loras.without_mentions(text)))


class Language:
    """The prompt language of this installation, with the owner's folders: any of them may be missing."""

    def __init__(self, settings: EngineSettings) -> None:
        self.loras = Shelf(Path(settings.loras), "LoRA")
        self.embeddings = Shelf(Path(settings.embeddings), "embedding")
        self.wildcards = Wildcards(Path(settings.wildcards))

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

    def wordings(self, request: Request) -> tuple[Wording, ...]:
        """The words of each picture of a request. `Told` as in `check`: of what is drawn too."""
        return tuple(self.wording(request.alone(index)) for index in range(request.count))

    def wording(self, alone: Request) -> Wording:
        """The words of one picture, drawn by its own seed; the noise's variation draws no others."""
        prompt = self.wildcards.draw(alone.prompt, alone.seed)
        negative = self.wildcards.draw(alone.negative, f"{alone.seed} negative")
        self.check(prompt, negative)
        read = unescaped(loras.without_mentions(prompt))
        wanted = {self.loras.find(each.name): each.weight for each in loras.mentions(prompt)}
        files = self.embeddings.files()
        return Wording(
            drawn=replace(alone, prompt=prompt, negative=negative),
            prompt=read,
            negative=unescaped(negative),
            loras=tuple((file, weight) for file, weight in wanted.items() if weight),
            embeddings=tuple(files[name] for name in named(f"{read}\n{negative}", files)),
        )


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
