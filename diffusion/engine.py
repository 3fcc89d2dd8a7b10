"""Takes requests in, ticks the hub, gives events out. Each request fails alone.

Knows no Discord, no SQL and no pipe. All of it happens on the thread that calls `tick`, but for loading models, opening
sources and writing files, which have threads of their own so that nobody's step waits for them.
"""

import logging
import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image

from diffusion import devices, metadata
from diffusion.demands import check
from diffusion.development import Development
from diffusion.memory import allocator
from diffusion.pace import pace
from diffusion.pipelines import Model, first_line, load
from diffusion.registry import ModelSpec, Registry
from diffusion.request import NOTHING, Developed, Event, Failed, Finished, Pictures, Progress, Request, Told
from diffusion.settings import EngineSettings
from diffusion.sharing import Hub
from diffusion.sources import Sources, open_sources

log = logging.getLogger(__name__)

IDLE = 0.05
"""Seconds that a tick waits for loading or writing when there is nothing to compute."""


@dataclass(slots=True)
class Admitted:
    """A request from its admission to its last event; it goes from `model` over `development` to `files`."""

    request: Request
    model: Future[Model]
    sources: Future[Sources]
    note: str = ""
    development: Development | None = None
    seconds: float = 0.0
    files: list[Future[bytes]] = field(default_factory=list)

    def waits_for(self) -> list[Future]:
        if self.development is None:
            return [self.model, self.sources]
        return list(self.files)


class Engine:
    """Makes pictures on one device."""

    def __init__(
        self,
        specs: Mapping[str, ModelSpec],
        settings: EngineSettings,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._registry = Registry(specs, next(iter(specs)))
        self._device = devices.choose_device(settings.device)
        self._dtype = devices.choose_dtype(settings.dtype, self._device)
        self.hardware = devices.hardware(self._device, self._dtype)
        memory = allocator(self._device)
        self.hub = Hub(0 if settings.deterministic else settings.rows, pace(self._device, clock), memory)
        self._clock = clock
        self._preview_every = settings.preview_every
        self._threads = ThreadPoolExecutor(4, "engine")
        self._models: dict[str, Future[Model]] = {}
        self._shared: set[str] = set()
        self._notes: dict[str, str] = {}
        self._admitted: dict[Hashable, Admitted] = {}
        self._events: list[tuple[Hashable, Event]] = []

    @property
    def busy(self) -> bool:
        """Whether ticks have anything to do."""
        return bool(self._admitted or self._events)

    def admit(self, key: Hashable, request: Request, pictures: Pictures = NOTHING) -> None:
        """Takes a request in under a key of the caller's, which its events will carry."""
        try:
            check(request, self._registry[request.model])
            if any(not pictures.get(name) for name in request.needs):
                raise Told("A picture that this one is made from is gone; send it again.")
        except Told as told:
            self._events.append((key, Failed(reason=str(told), told=True)))
            return
        sources = self._threads.submit(open_sources, request, pictures)
        self._admitted[key] = Admitted(request, self._model(request.model), sources)

    def cancel(self, key: Hashable) -> None:
        """Drops a request; it says nothing more, and its rows are free in the next forward."""
        admitted = self._admitted.pop(key, None)
        if admitted and admitted.development:
            with torch.inference_mode():  # as in a tick, or what the pipelines undo would outlast it
                for strand in admitted.development.strands:
                    self.hub.cancel(strand)
        self._events = [(other, event) for other, event in self._events if other != key]

    def tick(self) -> list[tuple[Hashable, Event]]:
        """One forward, and what there is to tell after it; with nothing to compute it waits a moment for threads."""
        with torch.inference_mode():
            self._each(self._begin)
            if self.hub.busy:
                self.hub.tick()
            else:
                wait([future for one in self._admitted.values() for future in one.waits_for()], IDLE, "FIRST_COMPLETED")
            self._each(self._go_on)
        events, self._events = self._events, []
        return events

    def _loaded(self, name: str) -> Model:
        try:
            return self._models[name].result()
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            beside = ", ".join(sorted(self._shared)) or "nothing else"
            raise Told(
                f"The model {name} does not fit into the card's memory (loaded there: {beside}); choose another with "
                "`--model`, or ask the owner for a smaller one."
            ) from error

    def _model(self, name: str) -> Future[Model]:
        known = self._models.get(name)
        if known is None or (known.done() and known.exception()):  # a failed load is tried again for the next one
            spec = self._registry[name]
            known = self._threads.submit(load, spec, self._device, self._dtype, lambda note: self._note(name, note))
            self._models[name] = known
        return known

    def _note(self, name: str, note: str) -> None:
        self._notes[name] = note

    def _each(self, move: Callable[[Hashable, Admitted], None]) -> None:
        for key, admitted in list(self._admitted.items()):
            try:
                move(key, admitted)
            except Exception as error:
                self.cancel(key)
                self._events.append((key, failure(error)))

    def _begin(self, key: Hashable, admitted: Admitted) -> None:
        if admitted.development or not all(future.done() for future in admitted.waits_for()):
            return
        model = self._loaded(admitted.request.model)
        sources = admitted.sources.result()
        if admitted.request.model not in self._shared:
            self._shared.add(admitted.request.model)
            model.share(self.hub)
        admitted.development = Development(
            admitted.request, model, sources, self.hub, key, self._clock, self._preview_every
        )

    def _go_on(self, key: Hashable, admitted: Admitted) -> None:
        development = admitted.development
        if development is None:
            self._tell_note(key, admitted)
        elif development.error:
            raise development.error
        elif progress := development.progress():
            self._events.append((key, progress))
        if development and development.ended:
            self._finish(key, admitted, development)

    def _tell_note(self, key: Hashable, admitted: Admitted) -> None:
        note = self._notes.get(admitted.request.model, "")
        if note != admitted.note and not admitted.model.done():
            admitted.note = note
            self._events.append((key, Progress(done=0, total=0, note=note)))

    def _finish(self, key: Hashable, admitted: Admitted, development: Development) -> None:
        request = admitted.request
        if not admitted.files:
            admitted.seconds = self._clock() - development.begun
            for index, strand in enumerate(development.strands):
                admitted.files.append(self._threads.submit(picture_file, strand.result, request, index))
        if all(file.done() for file in admitted.files):
            seeds = [request.seeds(index)[1 if request.variation > 0 else 0] for index in range(request.count)]
            pictures = tuple(Developed(file.result(), seed) for file, seed in zip(admitted.files, seeds, strict=True))
            del self._admitted[key]
            self._events.append((key, Finished(pictures=pictures, seconds=admitted.seconds, device=self.hardware.name)))


def picture_file(values: np.ndarray, request: Request, index: int) -> bytes:
    """Picture `index` of a request as a PNG with its settings, from (height, width, 3) between 0 and 1."""
    if not np.isfinite(values).all():
        raise Told(f'The numbers of the model {request.model} overflowed; set dtype = "float32" in config.toml.')
    levels = (values * 255).round().astype(np.uint8)
    return metadata.write(Image.fromarray(levels), request, index=index)


def failure(error: Exception) -> Failed:
    """What is said of an error: its own words where a person can mend it, else a summary of what the log has."""
    match error:
        case Told():
            return Failed(reason=str(error), told=True)
        case torch.OutOfMemoryError():
            torch.cuda.empty_cache()
            return Failed(reason="The card's memory is too small for this; ask for a smaller size.", told=True)
    log.error("A request failed", exc_info=error)
    return Failed(reason=f"{type(error).__name__}: {first_line(error)}")
