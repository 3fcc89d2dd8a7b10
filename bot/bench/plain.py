"""Plain diffusers, in a process of its own: one pipeline's call after another, with nothing of Darkroom around it.

What it is given it has from the same tables as the engine: the scheduler by the sampler's name, and the arguments.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from inspect import signature
from statistics import median
from typing import Any

from bot.bench import floor, memory
from bot.bench.floor import Work
from bot.bench.people import Size, usual
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told
from diffusion.settings import EngineSettings

DENOISERS = "transformer", "unet", "prior"
TRIALS = 5
"""How often a forward is timed; the median counts."""


@dataclass(frozen=True, slots=True)
class Made:
    """One picture."""

    seconds: float
    rows: int
    """Of all the denoiser's forwards."""


class Plain:
    """The model as diffusers loads it."""

    def __init__(self, spec: ModelSpec, settings: EngineSettings) -> None:
        import torch

        from diffusion import devices
        from diffusion.models.loading import find_weights
        from diffusion.models.pipelines import open_pipeline

        if settings.threads:
            torch.set_num_threads(settings.threads)
        self._device = devices.choose_device(settings.devices[0])
        self._dtype = devices.choose_dtype(settings.dtype, self._device)
        self._spec = spec
        folder = find_weights(spec, lambda note: None)
        self._template: Any = open_pipeline(spec, folder, self._dtype, lambda note: None).to(self._device)
        parts = self._template.components
        self._denoiser = next(parts[name] for name in DENOISERS if parts.get(name) is not None)

    def develop(self, requests: Sequence[Request]) -> list[Made]:
        """One after another."""
        made = []
        for request in requests:
            rows: list[int] = []
            begun = time.perf_counter()
            with self._watched(lambda call, rows=rows: rows.append(_rows(call))):
                self._make(request)
            made.append(Made(time.perf_counter() - begun, sum(rows)))
        return made

    def known(self, names: Sequence[str], size: Size) -> list[str]:
        """The samplers that the model walks with, of those."""
        return [name for name in names if self._walks(replace(usual(self._spec, size), sampler=name, steps=2))]

    def memory(self) -> int:
        """Bytes at most since `forget_memory`."""
        return memory.peak(str(self._device))

    def forget_memory(self) -> None:
        memory.reset(str(self._device))

    def work(self, size: Size) -> Work:
        """What a picture computes, counted in the real modules while they make one of a single step."""
        from torch.nn.attention import SDPBackend, sdpa_kernel
        from torch.utils.flop_counter import FlopCounterMode

        counter = FlopCounterMode(display=False)
        with sdpa_kernel([SDPBackend.MATH]), counter:  # in plain products: not every device's own kernel is counted
            made = self.develop([replace(usual(self._spec, size), steps=1, guidance=0.0, sampler="Euler")])
        walk = sum(counter.get_flop_counts()[type(self._denoiser).__name__].values())
        return Work(walk / made[0].rows, counter.get_total_flops() - walk)

    def rate(self) -> float:
        """FLOPs a second of a large matrix product, measured."""
        return floor.measured_rate(self._device, self._dtype)

    def forward_seconds(self, size: Size, rows: int) -> float:
        """Of the bare denoiser with a batch of so many rows."""
        import torch

        call = self._first_call(size, rows)
        with torch.inference_mode():
            return median(floor.seconds_of(lambda: self._denoiser(**call), self._device, TRIALS))

    def _make(self, request: Request, **more: Any) -> None:
        import torch

        from diffusion import samplers
        from diffusion.models.families import arguments, own
        from diffusion.pictures.sources import Sources

        scheduler = samplers.scheduler(request.sampler, self._template.scheduler.config, request.steps)
        pipeline: Any = own(self._template, scheduler)
        pipeline.set_progress_bar_config(disable=True)
        generator = torch.Generator("cpu").manual_seed(request.seed)
        given = arguments(pipeline, request, Sources(), self._spec)
        pipeline(**given | {"generator": generator} | more)

    def _walks(self, request: Request) -> bool:
        try:
            self._make(request)
        except Told:
            return False
        return True

    def _first_call(self, size: Size, rows: int) -> dict[str, Any]:
        """What the denoiser is called with by a pipeline that makes so many pictures as one batch."""
        request = replace(usual(self._spec, size), guidance=0.0)

        def seen(call: Mapping[str, Any]) -> None:
            raise _Enough(call)

        try:
            with self._watched(seen):
                self._make(request, prompt=[request.prompt] * rows)
        except _Enough as enough:
            return dict(enough.args[0])
        raise RuntimeError("the denoiser was never called")

    @contextmanager
    def _watched(self, seen: Callable[[Mapping[str, Any]], None]) -> Iterator[None]:
        """`seen` hears the arguments of each of the denoiser's forwards."""
        form = signature(self._denoiser.forward)
        hook = self._denoiser.register_forward_pre_hook(
            lambda module, args, kwargs: seen(form.bind(*args, **kwargs).arguments), with_kwargs=True
        )
        try:
            yield
        finally:
            hook.remove()


class _Enough(Exception):
    """Ends a picture whose first call has been seen."""


def _rows(call: Mapping[str, Any]) -> int:
    return len(next(iter(call.values())))
