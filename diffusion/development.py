"""One request under way: its pictures, each in a strand of the hub, and what can be told of them.

Knows the hub and the pipelines; not who asked.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import wraps
from math import inf
from typing import Any

import numpy as np
import torch

from diffusion.hub.sharing import Hub, Strand
from diffusion.models.families import walking
from diffusion.models.pipelines import Model
from diffusion.pictures.canvas import put_back
from diffusion.pictures.enlarging import calmed, enlarge, weight
from diffusion.pictures.noise import TurnedNoise
from diffusion.pictures.preview import unpacked
from diffusion.pictures.proofs import Proof
from diffusion.pictures.sources import Sources
from diffusion.pictures.walk import Walk
from diffusion.request import Progress, Request, Told
from diffusion.words.conditioning import PROMPTS, condition
from diffusion.words.extras import Script


class Picture:
    """One picture of a request while it is made."""

    def __init__(self, script: Script, model: Model, sources: Sources) -> None:
        self._request = request = calmed(script.request, model.spec)
        self._inversions = script.inversions
        self._model = model
        self._sources = sources
        self._pipeline = model.pipeline(request)
        if request.upscale:
            enlarge(walking(self._pipeline), request, model.spec)
        self.walk = Walk(walking(self._pipeline), request.steps, request.stop)

    def make(self) -> np.ndarray:
        """The whole, unmodified call of the pipeline: (height, width, 3), 0 to 1."""
        generator = torch.Generator("cpu").manual_seed(self._request.seed)
        if self._request.variation > 0:
            self._turn(generator)
        call: Any = self._pipeline
        given = self._model.arguments(self._pipeline, self._request, self._sources)
        heard = replace(self._request, guidance=given.get("guidance_scale", self._request.guidance))
        if embedded := condition(self._pipeline, heard, self._inversions):
            given = {name: value for name, value in given.items() if name not in PROMPTS} | embedded
        picture = call(**given, generator=generator).images[0]
        return put_back(picture, self._sources.canvas) if self._sources.canvas else picture

    def levels(self) -> torch.Tensor | None:
        """What is foreseen now, small: (h, w, 3), uint8, where it was computed."""
        latents = self.walk.foreseen() if self._model.previewer else None
        if latents is None or self._model.previewer is None:
            return None
        latents = unpacked(self._pipeline, latents, self._request.width, self._request.height)
        return self._model.previewer.levels(latents[0])

    def _turn(self, generator: torch.Generator) -> None:
        pipeline = walking(self._pipeline)
        if not hasattr(pipeline, "prepare_latents"):
            raise Told(f"The model {self._model.spec.name} cannot vary a picture; ask for it with another seed.")
        prepare = pipeline.prepare_latents
        towards = torch.Generator("cpu").manual_seed(self._request.variation_seed)

        @wraps(prepare)
        def prepare_turned(*args: Any, **kwargs: Any) -> Any:
            with TurnedNoise(generator, towards, self._request.variation):
                return prepare(*args, **kwargs)

        pipeline.prepare_latents = prepare_turned


class Development:
    """All pictures of one request."""

    def __init__(
        self, request: Request, model: Model, sources: Sources, hub: Hub, owner: Hashable,
        clock: Callable[[], float], preview_every: float, scripts: Sequence[Script] = (),
    ) -> None:  # fmt: skip
        """`scripts` has one for each picture; without any, the words are read as they are."""
        self.request = request
        self.begun = clock()
        self._clock = clock
        self._preview_every = preview_every
        self._due = self.begun if preview_every < inf else inf
        self._proof: Proof | None = None
        self._told = -1
        self.scripts = scripts or [Script.plain(request.alone(index)) for index in range(request.count)]
        self.pictures = [Picture(script, model, sources) for script in self.scripts]
        cost = weight(request, model.spec)
        self.strands: list[Strand] = [
            hub.start(picture.make, owner, cost, model.fitting(script))
            for picture, script in zip(self.pictures, self.scripts, strict=True)
        ]

    @property
    def ended(self) -> bool:
        return all(strand.ended for strand in self.strands)

    @property
    def error(self) -> BaseException | None:
        return next((strand.error for strand in self.strands if strand.error), None)

    def progress(self) -> Progress | None:
        """How far it is, where that is news; with a preview when it is time for one."""
        done = sum(picture.walk.done for picture in self.pictures)
        if done == self._told:
            return None
        self._told = done
        return Progress(done=done, total=sum(picture.walk.total for picture in self.pictures), preview=self._preview())

    def _preview(self) -> bytes:
        """The one that was asked for, once it has arrived; the first is asked for with the first step."""
        now = self._clock()
        if self._proof is None and now >= self._due:
            levels = [picture.levels() for picture in self.pictures]
            if any(each is None for each in levels):
                return b""
            self._proof, self._due = Proof([each for each in levels if each is not None]), now + self._preview_every
        if self._proof is None or not self._proof.ready:
            return b""
        proof, self._proof = self._proof, None
        return proof.sheet(self.request.width, self.request.height)
