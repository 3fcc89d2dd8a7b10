"""Random weights for a run: whether this machine can bear them, and their place in the configuration.

Arithmetic and files; the weights themselves are made in a process of their own.
"""

import shutil
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

from bot.bench.away import Away
from bot.bench.floor import measured_rate
from bot.bench.memory import GIB
from bot.bench.people import MIXED, Size
from bot.bench.plan import Plan
from bot.bench.weights import FAMILIES, Family, write
from bot.config import Config, Model
from diffusion.registry import Hardware
from diffusion.request import Told
from diffusion.settings import EngineSettings

BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}
ROOM = 1.4
"""What a side needs, in sizes of its weights: its latents and its libraries are the rest."""
PATIENCE = 1800.0
"""Seconds of bare arithmetic that a run may take."""


class Carver:
    """Makes the weights on the device, in a process that ends with them."""

    def __init__(self, settings: EngineSettings) -> None:
        import torch

        from diffusion import devices

        if settings.threads:
            torch.set_num_threads(settings.threads)
        self._device = devices.choose_device(settings.devices[0])
        self._dtype = devices.choose_dtype(settings.dtype, self._device)

    def hardware(self) -> Hardware:
        from diffusion import devices

        return devices.hardware(self._device, self._dtype)

    def rate(self) -> float:
        """FLOPs a second."""
        return measured_rate(self._device, self._dtype)

    def write(self, name: str, folder: Path) -> None:
        write(name, folder, self._device, self._dtype)


def carved(config: Config, plan: Plan, folder: Path) -> Config:
    """The configuration with that model in it, whose weights lie in `folder`. `Told` where it is too much for here."""
    family, settings = FAMILIES[plan.random_weights], config.engine.settings
    sizes = plan.sizes_for(family.spec)
    with Away(Carver) as carver:
        carver.make(settings)
        hardware: Hardware = carver(Carver.hardware)
        check_room(family, hardware, _memory(hardware), shutil.disk_usage(folder.parent).free)
        check_time(family, sizes, plan, carver(Carver.rate))
        carver(Carver.write, plan.random_weights, folder)
    fields: dict[str, Any] = asdict(family.spec) | {"source": str(folder)}
    model = Model(**{name: fields[name] for name in Model.model_fields})
    return config.model_copy(update={"models": config.models | {plan.random_weights: model}})


def check_room(family: Family, hardware: Hardware, memory: float, disk: float) -> None:
    """`memory` of the device and `disk` are what is free, in bytes."""
    weights = family.parameters * 1e9 * BYTES[hardware.dtype]
    needs = 2 * ROOM * weights
    if needs > memory:
        raise Told(
            f"Random weights of {family.spec.name} need {needs / GIB:.0f} GiB for both sides, and {hardware.name} has "
            f"{memory / GIB:.0f} free; choose smaller ones with --random-weights: {', '.join(FAMILIES)}."
        )
    if weights > disk:
        raise Told(
            f"Random weights of {family.spec.name} take {weights / GIB:.0f} GiB of the folder for temporary files, "
            f"which has {disk / GIB:.0f}; name a larger one in the environment variable TMPDIR."
        )


def check_time(family: Family, sizes: tuple[Size, ...], plan: Plan, rate: float) -> None:
    """`rate` in FLOPs a second."""
    seconds = sum(seconds_at_least(family, size, plan, rate) for size in sizes)
    if seconds > PATIENCE:
        raise Told(
            f"With random weights of {family.spec.name} the benchmark would take more than {seconds / 60:.0f} minutes "
            "on this machine; choose a smaller --size, fewer --people, --quick, or a smaller model."
        )


def seconds_at_least(family: Family, size: Size, plan: Plan, rate: float) -> float:
    """What the denoiser alone takes for all pictures of a size, guided, by either side as if nothing was shared."""
    row = family.teraflops * 1e12 * size[0] * size[1] / family.spec.size**2
    steps = fmean(steps for _, steps in MIXED) * plan.rounds * sum(max(plan.pictures, each) for each in plan.people)
    steps += family.spec.steps * (plan.turns + 1)
    return 2 * 2 * row * steps * plan.part / rate


def _memory(hardware: Hardware) -> float:
    import psutil

    return hardware.memory * GIB if hardware.memory else psutil.virtual_memory().available
