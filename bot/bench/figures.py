"""All that was measured in one run, as JSON. Rates in pictures per second, times in seconds unless the name says ms."""

from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from bot.bench.chat import Chat
from bot.bench.comparison import Alone, Comparison, Level, Profile
from bot.bench.floor import Floor
from bot.bench.runs import Run, percentile, spread
from diffusion.registry import Hardware


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    model: str
    hardware: Hardware
    cores: int
    versions: dict[str, str]
    day: date
    sizes: tuple[Comparison, ...]
    chat: Chat

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "device": self.hardware.name,
            "dtype": self.hardware.dtype,
            "cores": self.cores,
            "versions": self.versions,
            "day": self.day.isoformat(),
            "sizes": [_size(comparison) for comparison in self.sizes],
            "loop_lag_ms": {
                "median": ms(median(self.chat.lags)),
                "p99": ms(percentile(self.chat.lags, 99)),
            },
            "first_answer_ms": {"median": ms(median(self.chat.answers)), "slowest": ms(max(self.chat.answers))},
        }


def ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _size(comparison: Comparison) -> dict[str, Any]:
    plain, shared = comparison.memory
    waits, ticks = comparison.cancels.waits, comparison.cancels.ticks
    return {
        "width": comparison.size[0],
        "height": comparison.size[1],
        "alone": _alone(comparison.alone),
        "at_once": [_level(level, comparison.floor) for level in comparison.levels],
        "cancel": {"people": comparison.cancelled_among, **_spread(waits), "tick": round(median(ticks), 4)},
        "peak_memory_bytes": {"plain": plain, "darkroom": shared},
        "floor": _floor(comparison.floor),
        "profile": _profile(comparison.profile) if comparison.profile else None,
    }


def _alone(alone: Alone) -> dict[str, Any]:
    plain, shared = median(alone.plain), median(alone.shared)
    return {"plain": round(plain, 4), "darkroom": round(shared, 4), "ratio": round(alone.ratio, 3)}


def _level(level: Level, floor: Floor) -> dict[str, Any]:
    plain, shared = level.typical
    assert shared.shares
    return {
        "people": level.people,
        "pictures": len(shared.timings),
        "plain": _run(plain),
        "darkroom": {
            **_run(shared),
            "hub": round(shared.shares.of_hub, 5),
            "times_the_floor": round(1 / shared.rate / floor.seconds, 2),
        },
        "ratio": round(level.ratio, 3),
    }


def _run(run: Run) -> dict[str, Any]:
    return {"rate": round(run.rate, 4), "first_preview": _spread(run.sights), "picture": _spread(run.pictures)}


def _spread(values: Any) -> dict[str, float]:
    middle, late = spread(values)
    return {"median": round(middle, 4), "p95": round(late, 4)}


def _floor(floor: Floor) -> dict[str, Any]:
    return {
        "row_flops": round(floor.work.row),
        "picture_flops": round(floor.work.picture),
        "flops_per_second": round(floor.rate),
        "known": floor.known,
        "picture": round(floor.seconds, 5),
    }


def _profile(profile: Profile) -> dict[str, Any]:
    wall = profile.shares.wall
    return {
        "people": profile.people,
        "seconds": {name: round(seconds, 4) for name, seconds in profile.shares.rows()},
        "wall": round(wall, 4),
        "forward_by_rows": {str(rows): round(seconds, 5) for rows, seconds in profile.rows.items()},
    }
