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
from diffusion.hub.pace import pace
from diffusion.hub.sharing import Hub
from diffusion.models.memory import Allocator, allocator
from diffusion.models.pipelines import Model, footprint, load
from diffusion.models.reading import Undisturbed, first_line
from diffusion.models.residency import Residency
from diffusion.models.warmup import Warmups, counts
from diffusion.pictures.enlarging import weight
from diffusion.pictures.sources import Sources, open_sources
from diffusion.registry import ModelSpec, Registry
from diffusion.request import NOTHING, Developed, Event, Failed, Finished, Pictures, Progress, Request, Told
from diffusion.settings import EngineSettings
from diffusion.words.extras import Files
from diffusion.words.language import Language, Wording

log = logging.getLogger(__name__)

IDLE = 0.05
"""Seconds that a tick waits for loading or writing when there is nothing to compute."""
LOADS = 4
"""Models that are fetched at the same time; they are read one by one."""


@dataclass(slots=True)
class Admitted:
    """A request from its admission to its last event; it goes from `sources` over `development` to `files`."""

    request: Request
    sources: Future[Sources]
    wordings: Future[tuple[Wording, ...]]
    extras: Future[Files] | None = None
    """The LoRAs and embeddings that its words ask for."""
    note: str = ""
    development: Development | None = None
    seconds: float = 0.0
    files: list[Future[bytes]] = field(default_factory=list)

    def waits_for(self) -> list[Future]:
        if self.development is None:
            return [self.sources, self.wordings, *([self.extras] if self.extras else [])]
        return list(self.files)


class Engine:
    """Makes pictures on one device."""

    def __init__(
        self,
        specs: Mapping[str, ModelSpec],
        settings: EngineSettings,
        *,
        clock: Callable[[], float] = time.perf_counter,
        memory: Allocator | None = None,
    ) -> None:
        self._registry = Registry(specs, next(iter(specs)))
        self._language = Language(settings)
        device = devices.choose_device(settings.devices[0])
        dtype = devices.choose_dtype(settings.dtype, device)
        self.hardware = devices.hardware(device, dtype)
        devices.enter(device, deterministic=settings.deterministic)
        self.memory = memory or allocator(device)
        self._half = dtype != torch.float32
        self._undisturbed = Undisturbed()
        self._clock = clock
        self._preview_every = settings.preview_every
        self._threads = ThreadPoolExecutor(4, "engine")
        self._loaders = ThreadPoolExecutor(LOADS, "loader")
        self._models: Residency[Model] = Residency(
            lambda spec, slim, note: load(spec, device, dtype, note, slim=slim, settings=settings),
            footprint,
            self._welcome,
            self.memory,
            self._loaders,
        )
        rows = 0 if settings.deterministic else settings.rows
        self.hub = Hub(rows, pace(device, clock), relieve=self._models.release)
        self._warmups = Warmups(self.hub, counts(settings.compile, rows), clock)
        self._admitted: dict[Hashable, Admitted] = {}
        self._events: list[tuple[Hashable, Event]] = []

    @property
    def busy(self) -> bool:
        """Whether ticks have anything to do."""
        return bool(self._admitted or self._events)

    @property
    def models(self) -> list[str]:
        """The names of those that are in memory, or on their way there."""
        return self._models.names

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
        self._admitted[key] = Admitted(request, sources, self._threads.submit(self._language.wordings, request))
        self._want(key, request)

    def cancel(self, key: Hashable) -> None:
        """Drops a request; it says nothing more, and its rows are free in the next forward."""
        admitted = self._admitted.pop(key, None)
        if admitted:
            self._drop(admitted)
            self._models.leave(key)
        self._events = [(other, event) for other, event in self._events if other != key]

    def tick(self) -> list[tuple[Hashable, Event]]:
        """One forward, and what there is to tell after it; with nothing to compute it waits a moment for threads."""
        with torch.inference_mode():
            self._models.move()
            self._warmups.move()
            self._each(self._begin)
            if self.hub.busy:
                self.hub.tick()
            else:
                self._idle()
            self._undisturbed.give_back()  # the new ones have taken their first steps
            self._each(self._go_on)
        events, self._events = self._events, []
        return events

    def _idle(self) -> None:
        pending = [*self._models.loading, *self._pending()]
        if pending:
            wait(pending, IDLE, "FIRST_COMPLETED")
        else:
            time.sleep(IDLE)

    def _pending(self) -> list[Future]:
        futures = (future for admitted in self._admitted.values() for future in admitted.waits_for())
        return [future for future in futures if not future.done()]

    def _want(self, key: Hashable, request: Request, *, slim: bool = False) -> None:
        spec = self._registry[request.model]
        self._models.want(key, spec, weight(request, spec), slim=slim)

    def _welcome(self, model: Model) -> None:
        """A model has come, and others may have left."""
        self.hub.forget_limits()
        model.share(self.hub)
        self._warmups.add(model)

    def _drop(self, admitted: Admitted) -> None:
        with torch.inference_mode():  # as in a tick, or what the pipelines undo would outlast it
            for strand in admitted.development.strands if admitted.development else ():
                self.hub.cancel(strand)

    def _each(self, move: Callable[[Hashable, Admitted], None]) -> None:
        for key, admitted in list(self._admitted.items()):
            try:
                move(key, admitted)
            except Exception as error:
                self.cancel(key)
                self._events.append((key, failure(error)))

    def _begin(self, key: Hashable, admitted: Admitted) -> None:
        model = None if admitted.development else self._models.model(key)
        if model is None or not self._warmups.ended(model) or not all(future.done() for future in admitted.waits_for()):
            return
        sources, wordings = admitted.sources.result(), admitted.wordings.result()
        if admitted.extras is None and any(wording.files for wording in wordings):
            admitted.extras = self._threads.submit(model.extras.read, wordings)
            return
        if (admitted.extras or self._half) and not self._undisturbed.take():
            return
        files = admitted.extras.result() if admitted.extras else Files()
        scripts = model.extras.scripts(wordings, files, self._adapters_in_use())
        if remark := model.extras.remark(wordings, files):
            self._events.append((key, Progress(done=0, total=0, note=remark)))
        admitted.development = Development(
            admitted.request, model, sources, self.hub, key, self._clock, self._preview_every, scripts
        )

    def _adapters_in_use(self) -> set[str]:
        developments = (admitted.development for admitted in self._admitted.values() if admitted.development)
        scripts = (script for development in developments for script in development.scripts)
        return {name for script in scripts for name, _ in script.adapters}

    def _go_on(self, key: Hashable, admitted: Admitted) -> None:
        development = admitted.development
        if development is None:
            self._tell_note(key, admitted)
        elif isinstance(development.error, torch.OutOfMemoryError) and not self._models.is_slim(key):
            self._begin_anew(key, admitted)
        elif development.error:
            raise development.error
        elif progress := development.progress():
            self._events.append((key, progress))
        if development and development.ended and development is admitted.development:
            self._finish(key, admitted, development)

    def _begin_anew(self, key: Hashable, admitted: Admitted) -> None:
        """The card holds the model, but not this beside it: once nobody else uses it, with less of it on the card."""
        log.warning("Out of memory: a request of %s begins anew with its parts off the card", admitted.request.model)
        self._drop(admitted)
        admitted.development = admitted.extras = None
        self._models.leave(key)
        self._want(key, admitted.request, slim=True)

    def _tell_note(self, key: Hashable, admitted: Admitted) -> None:
        note = self._warmups.note(admitted.request.model) or self._models.note(key)
        note = note or ("waiting while a model is read" if self._undisturbed.refused else "")
        if note != admitted.note:
            admitted.note = note
            self._events.append((key, Progress(done=0, total=0, note=note)))

    def _finish(self, key: Hashable, admitted: Admitted, development: Development) -> None:
        request = admitted.request
        if not admitted.files:
            admitted.seconds = self._clock() - development.begun
            for strand, script in zip(development.strands, development.scripts, strict=True):
                admitted.files.append(self._threads.submit(picture_file, strand.result, script.drawn, self._half))
        if all(file.done() for file in admitted.files):
            seeds = [request.seeds(index)[1 if request.variation > 0 else 0] for index in range(request.count)]
            pictures = tuple(Developed(file.result(), seed) for file, seed in zip(admitted.files, seeds, strict=True))
            self.cancel(key)
            self._events.append((key, Finished(pictures=pictures, seconds=admitted.seconds, device=self.hardware.name)))


def picture_file(values: np.ndarray, request: Request, half: bool) -> bytes:
    """A picture as a PNG with the request that makes it alone, from (height, width, 3) between 0 and 1, which a model
    of `half` precision made or one of float32. `Told` where they are no numbers."""
    if not np.isfinite(values).all():
        if half:
            raise Told(
                f'The numbers of the model {request.model} overflowed; set dtype = "float32" in the configuration.'
            )
        raise Told(f"{request.model} came to no numbers for this picture; leave LoRAs out, or choose another model.")
    levels = (values * 255).round().astype(np.uint8)
    return metadata.write(Image.fromarray(levels), request)


def failure(error: Exception) -> Failed:
    """What is said of an error: its own words where a person can mend it, else a summary of what the log has."""
    match error:
        case Told():
            return Failed(reason=str(error), told=True)
        case torch.OutOfMemoryError():
            return Failed(reason="The card's memory is too small for this; ask for a smaller size.", told=True)
    log.error("A request failed", exc_info=error)
    return Failed(reason=f"{type(error).__name__}: {first_line(error)}")
