"""What an owner's small files add to one model: LoRAs and embeddings, for the pictures whose words ask for them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from diffusion.request import Request
from diffusion.words import emphasis
from diffusion.words.adapters import Active, Adapters, Lora
from diffusion.words.chunks import length
from diffusion.words.conditioning import encoders
from diffusion.words.inversions import Inversion, Inversions, Taught, Unfit
from diffusion.words.language import Wording


@dataclass(frozen=True, slots=True, eq=False)
class Files:
    """What was read for one request."""

    loras: Mapping[Path, Lora] = field(default_factory=dict)
    embeddings: Mapping[Path, Taught] = field(default_factory=dict)
    """Those that were made for such a model."""
    unfit: tuple[str, ...] = ()
    """The names of other ones, which stay plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One picture as its model is to make it."""

    request: Request
    """With the words that the model reads."""
    drawn: Request
    """With the words that make it again."""
    adapters: Active = ()
    inversions: Mapping[str, Inversion] = field(default_factory=dict)

    @classmethod
    def plain(cls, request: Request) -> "Script":
        """Of a request whose words are read as they are."""
        return cls(request=request, drawn=request)


class Extras:
    """What one model has learned besides, and how it reads."""

    def __init__(self, pipeline: Any, model: str, *, compiled: bool = False) -> None:
        """`model` is its name for the person; `compiled` as `Adapters` has it."""
        found = encoders(pipeline)
        self.adapters = Adapters(pipeline, model, compiled=compiled)
        self._weighs = bool(found)
        self._inversions = Inversions([each.model for each in found], length(found[0].tokenizer)) if found else None
        self._model = model

    def read(self, wordings: Sequence[Wording]) -> Files:
        """Reads the files that the words ask for, on any thread. `Told` as `Adapters.read` and `Inversions.read`."""
        loras = {path: self.adapters.read(path) for wording in wordings for path, _ in wording.loras}
        embeddings, unfit = {}, []
        for path in dict.fromkeys(path for wording in wordings for path in wording.embeddings):
            try:
                embeddings[path] = self._taught(path)
            except Unfit:
                unfit.append(path.stem)
        return Files(loras, embeddings, tuple(unfit))

    def scripts(self, wordings: Sequence[Wording], files: Files, used: Collection[str]) -> list[Script]:
        """Adds to the model what was read, on the thread of its forwards; `used` are adapters that must not leave."""
        names: dict[Path, str] = {}
        for path, lora in files.loras.items():
            names[path] = self.adapters.attach(lora, {*used, *names.values()})
        inversions = [self._inversions.take(taught) for taught in files.embeddings.values()] if self._inversions else []
        return [self._script(wording, names, {each.name: each for each in inversions}) for wording in wordings]

    def remark(self, wordings: Sequence[Wording], files: Files) -> str:
        """What the person is told of words that this model reads otherwise than they are written; "" for nothing."""
        remarks = []
        if not self._weighs and any(
            emphasis.weighs(text) for each in wordings for text in (each.prompt, each.negative)
        ):
            remarks.append(f"{self._model} reads no weights of words; they are taken out")
        if files.unfit:
            names = ", ".join(f"“{name}”" for name in files.unfit)
            remarks.append(f"{names}: embeddings for other models than {self._model}, so read as plain words")
        return "; ".join(remarks)

    def _taught(self, path: Path) -> Taught:
        if not self._inversions:
            raise Unfit(path.stem)
        return self._inversions.read(path)

    def _script(self, wording: Wording, names: Mapping[Path, str], inversions: Mapping[str, Inversion]) -> Script:
        prompt, negative = wording.prompt, wording.negative
        if not self._weighs:
            prompt, negative = emphasis.plain(prompt), emphasis.plain(negative)
        request = replace(wording.drawn, prompt=prompt, negative=negative)
        active = tuple(sorted((names[path], weight) for path, weight in wording.loras))
        return Script(request=request, drawn=wording.drawn, adapters=active, inversions=inversions)
