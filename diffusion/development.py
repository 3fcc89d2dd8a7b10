"""One request under way: its pictures, each in a strand of the hub, and what can be told of them.

Knows the hub and the pipelines; not who asked.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import wraps
from typing import Any

import numpy as np
import torch
from PIL import Image

from diffusion.families import arguments, walking
from diffusion.noise import TurnedNoise
from diffusion.pipelines import Model
from diffusion.preview import Step, predicted_clean, sheet
from diffusion.request import Progress, Request, Told
from diffusion.sharing import Hub, Strand
from diffusion.sources import Sources


class Picture:
    """One picture of a request while it is made."""

    def __init__(self, request: Request, model: Model, sources: Sources) -> None:
        """`request` is the one that makes this picture alone."""
        self.done = 0
        self.total = request.steps
        self._request = request
        self._model = model
        self._sources = sources
        self._pipeline = model.pipeline(request)
        self._step: Step | None = None

    def make(self) -> np.ndarray:
        """The whole, unmodified call of the pipeline: (height, width, 3), 0 to 1."""
        generator = torch.Generator("cpu").manual_seed(self._request.seed)
        self._watch()
        if self._request.variation > 0:
            self._turn(generator)
        call: Any = self._pipeline
        given = arguments(self._pipeline, self._request, self._sources, self._model.spec)
        return call(**given, generator=generator).images[0]

    def preview(self) -> Image.Image | None:
        if self._step is None or self._model.colours is None:
            return None
        pipeline: Any = self._pipeline
        latents = predicted_clean(pipeline.scheduler, self._step)
        if latents.ndim == 3 and hasattr(pipeline, "_unpack_latents"):  # (1, patches, channels x 4)
            size = self._request.height, self._request.width
            latents = pipeline._unpack_latents(latents, *size, pipeline.vae_scale_factor)
        return self._model.colours.picture(latents[0]) if latents.ndim == 4 else None

    def _watch(self) -> None:
        """Counts the steps in the pipeline's own progress bar, and keeps what its scheduler is given."""
        pipeline: Any = self._pipeline
        step = pipeline.scheduler.step

        @wraps(step)
        def watched(model_output: Any, timestep: Any, sample: Any, *args: Any, **kwargs: Any) -> Any:
            self._step = Step(model_output, timestep, sample)
            return step(model_output, timestep, sample, *args, **kwargs)

        pipeline.scheduler.step = watched
        walking(pipeline).progress_bar = self._bar

    def _bar(self, iterable: Iterable[Any] | None = None, total: int | None = None) -> "Bar":
        items = list(iterable) if iterable is not None else None
        self.total = len(items) if items is not None else total or self.total
        return Bar(self, items)

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


class Bar:
    """Stands in for the pipeline's progress bar."""

    def __init__(self, picture: Picture, items: list[Any] | None) -> None:
        self._picture = picture
        self._items = items or []

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None: ...

    def __iter__(self) -> Iterator[Any]:
        for item in self._items:
            yield item
            self.update()

    def update(self, steps: int = 1) -> None:
        self._picture.done += steps

    def set_postfix(self, *_: Any, **__: Any) -> None: ...


class Development:
    """All pictures of one request."""

    def __init__(
        self, request: Request, model: Model, sources: Sources, hub: Hub, owner: Hashable,
        clock: Callable[[], float], preview_every: float,
    ) -> None:  # fmt: skip
        self.request = request
        self.begun = clock()
        self._clock = clock
        self._preview_every = preview_every
        self._previewed = self.begun
        self._told = -1
        self.pictures = [Picture(request.alone(index), model, sources) for index in range(request.count)]
        weight = request.width * request.height / model.spec.size**2
        setting = model.fitting(request)
        self.strands: list[Strand] = [hub.start(picture.make, owner, weight, setting) for picture in self.pictures]

    @property
    def ended(self) -> bool:
        return all(strand.ended for strand in self.strands)

    @property
    def error(self) -> BaseException | None:
        return next((strand.error for strand in self.strands if strand.error), None)

    def progress(self) -> Progress | None:
        """How far it is, where that is news; with a preview when it is time for one."""
        done = sum(picture.done for picture in self.pictures)
        if done == self._told:
            return None
        self._told = done
        return Progress(done=done, total=sum(picture.total for picture in self.pictures), preview=self._preview())

    def _preview(self) -> bytes:
        now = self._clock()
        if now - self._previewed < self._preview_every:
            return b""
        previews = [picture.preview() for picture in self.pictures]
        if None in previews:
            return b""
        self._previewed = now
        return sheet([preview for preview in previews if preview], self.request.width, self.request.height)
