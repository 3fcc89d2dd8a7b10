"""The whole measurement: both sides in their processes, then the bot itself."""

import asyncio
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bot.bench.away import Away
from bot.bench.carving import carved
from bot.bench.chat import felt
from bot.bench.comparison import Say, Sides, compare
from bot.bench.figures import Figures
from bot.bench.people import MIXED, mix, mixed
from bot.bench.plain import Plain
from bot.bench.plan import Plan
from bot.bench.shared import Shared
from bot.config import Config
from diffusion.registry import Hardware, Registry, choose

EQUAL = {"OMP_WAIT_POLICY": "PASSIVE", "TRANSFORMERS_VERBOSITY": "error", "DIFFUSERS_VERBOSITY": "error"}
"""The environment of all processes. Threads that wait actively ruin whoever is measured while others use the cores."""
LIBRARIES = ("torch", "diffusers", "transformers")


def measure(config: Config, plan: Plan, say: Say) -> Figures:
    """`say` hears what is under way. Takes some minutes with the built-in model on a CPU."""
    with equal(), tempfile.TemporaryDirectory() as folder:
        own, name = config.model_copy(update={"data": Path(folder, "data"), "database": ""}), plan.model
        if plan.random_weights:
            say("making random weights")
            own, name = carved(own, plan, Path(folder, "weights")), plan.random_weights
        settings, jobs = own.engine.settings, own.engine.jobs
        say("starting the engine")
        with Away(Shared) as shared, Away(Plain) as plain:
            hardware: Hardware = shared.make(own.specs, settings, jobs)(Shared.hardware)
            spec = Registry(own.specs, choose(own.specs, own.model, hardware))[name]
            sizes = plan.sizes_for(spec)
            known = plain.make(spec, settings)(Plain.known, sorted({sampler for sampler, _ in MIXED}), sizes[0])
            sides = Sides(plain, shared, hardware, jobs, mix(spec, known))
            compared = tuple(compare(sides, spec, size, plan, say) for size in sizes)
        say("what the chat feels of it")
        chat = asyncio.run(
            felt(own, mixed(spec, sizes[0], min(plan.people[-1], jobs), plan.part, sides.mix), plan.commands)
        )
    return Figures(
        model=spec.name,
        hardware=hardware,
        cores=os.cpu_count() or 1,
        versions={"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
        day=datetime.now(UTC).date(),
        sizes=compared,
        chat=chat,
    )


@contextmanager
def equal() -> Iterator[None]:
    """Within it processes are started with the same environment; what is set already stays."""
    added = {name: value for name, value in EQUAL.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
