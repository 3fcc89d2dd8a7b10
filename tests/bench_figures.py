"""Figures with scripted durations, and the form of their JSON."""

from datetime import date
from typing import Any

from bot.bench.attending import Cancels
from bot.bench.chat import Chat
from bot.bench.comparison import Alone, Comparison, Level, Profile
from bot.bench.figures import Figures
from bot.bench.floor import Floor, Work
from bot.bench.runs import Run, Timing, one_after_another
from bot.bench.shares import Shares
from diffusion.registry import Hardware

SHARES = Shares(2.0, {"UNet2DConditionModel": 1.5, "Decoder": 0.2}, strands=0.1, hub=0.02, engine=0.08)

COMPARISON = Comparison(
    size=(128, 96),
    alone=Alone(plain=(1.0, 1.1, 4.0), shared=(1.0, 1.0, 2.0)),
    levels=(
        Level(1, (one_after_another([1.0, 1.0], 1),), (Run(1, 2.0, (Timing(0.5, 1.0),) * 2, SHARES),)),
        Level(2, (one_after_another([1.0, 1.0], 2),), (Run(2, 0.8, (Timing(0.25, 0.5), Timing(0.5, 0.8)), SHARES),)),
    ),
    cancelled_among=2,
    cancels=Cancels(waits=(0.1, 0.3), ticks=(0.4, 0.4, 0.6)),
    memory=(2**30, 3 * 2**29),
    floor=Floor(Work(row=1e9, once=5e9, rows=(10, 20)), rate=1e11, known="as scripted"),
    profile=Profile(2, SHARES, {1: 0.1, 2: 0.15}),
)
FIGURES = Figures(
    model="mini",
    hardware=Hardware(),
    cores=2,
    versions={"python": "3.11.7"},
    day=date(2026, 11, 21),
    sizes=(COMPARISON,),
    chat=Chat(lags=(0.001, 0.003), answers=(0.02, 0.04, 0.1)),
)


def _form(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False,
    }  # fmt: skip


_POSITIVE = {"type": "number", "exclusiveMinimum": 0}
_SECONDS = {"type": "number", "minimum": 0}
_COUNT = {"type": "integer", "minimum": 1}
_TEXT = {"type": "string", "minLength": 1}
_SPREAD = _form(median=_SECONDS, p95=_SECONDS)
_RUN = {"rate": _POSITIVE, "first_preview": _SPREAD, "picture": _SPREAD}
_LEVEL = _form(
    people=_COUNT, pictures=_COUNT, plain=_form(**_RUN), ratio=_POSITIVE,
    darkroom=_form(**_RUN, hub={"type": "number", "minimum": 0, "maximum": 1}, times_the_floor=_POSITIVE),
)  # fmt: skip
_PROFILE = _form(
    people=_COUNT, wall=_POSITIVE, seconds={"type": "object", "additionalProperties": _SECONDS},
    forward_by_rows={"type": "object", "additionalProperties": _POSITIVE},
)  # fmt: skip
SCHEMA = _form(
    model=_TEXT, device=_TEXT, dtype=_TEXT, cores=_COUNT, day=_TEXT,
    versions={"type": "object", "additionalProperties": _TEXT},
    sizes={"type": "array", "minItems": 1, "items": _form(
        width=_COUNT, height=_COUNT, alone=_form(plain=_POSITIVE, darkroom=_POSITIVE, ratio=_POSITIVE),
        at_once={"type": "array", "minItems": 1, "items": _LEVEL},
        cancel=_form(people=_COUNT, median=_SECONDS, p95=_SECONDS, tick=_POSITIVE),
        peak_memory_bytes=_form(plain=_COUNT, darkroom=_COUNT),
        floor=_form(row_flops=_COUNT, picture_flops=_COUNT, flops_per_second=_COUNT, known=_TEXT, picture=_POSITIVE),
        profile={"anyOf": [_PROFILE, {"type": "null"}]},
    )},
    loop_lag_ms=_form(median=_SECONDS, p99=_SECONDS), first_answer_ms=_form(median=_SECONDS, slowest=_SECONDS),
)  # fmt: skip
