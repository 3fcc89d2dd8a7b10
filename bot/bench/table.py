"""The figures as text for a terminal."""

from collections.abc import Iterator
from statistics import median

from bot.bench.comparison import Comparison, Level, Profile
from bot.bench.figures import Figures, ms
from bot.bench.memory import GIB
from bot.bench.runs import percentile, spread


def text(figures: Figures) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in figures.versions.items())
    hardware, chat = figures.hardware, figures.chat
    lines = [
        f"{figures.model} on {hardware.name} in {hardware.dtype}, {figures.cores} cores; {versions}; {figures.day}",
        *(line for comparison in figures.sizes for line in _comparison(comparison)),
        "",
        f"Lag of the event loop while it works: median {ms(median(chat.lags))} ms, "
        f"99 % under {ms(percentile(chat.lags, 99))} ms",
        f"From a command to its first answer: median {ms(median(chat.answers))} ms, slowest {ms(max(chat.answers))} ms",
    ]
    return "\n".join(lines)


def _comparison(comparison: Comparison) -> Iterator[str]:
    alone, floor = comparison.alone, comparison.floor
    width, height = comparison.size
    theirs, ours = median(alone.plain), median(alone.shared)
    yield ""
    yield f"{width} x {height}"
    more = f"{abs(1 / alone.ratio - 1) * 100:.1f} % {'less' if alone.ratio >= 1 else 'more'}"
    yield (
        f"One picture alone: plain diffusers {theirs:.3f} s, Darkroom {ours:.3f} s; "
        f"Darkroom takes {more} (median of {len(alone.plain)} turns)"
    )
    yield ""
    yield "Mixed steps and samplers; times in seconds from asking, median / 95th percentile"
    yield f"{'':<8}{'pictures per second':^27}   {'first preview':^13}   {'picture':^27}   {'hub':>6}"
    yield f"{'people':<8}{'plain':>8}{'Darkroom':>10}{'ratio':>9}   {'Darkroom':^13}   {'plain':^13} {'Darkroom':^13}"
    for level in comparison.levels:
        yield _level(level)
    yield ""
    yield _cancels(comparison)
    plain, shared = comparison.memory
    yield f"Memory at most: plain diffusers {plain / GIB:.2f} GiB, Darkroom {shared / GIB:.2f} GiB"
    _, best = comparison.levels[-1].typical
    yield (
        f"Floor by arithmetic: {floor.seconds:.3f} s a picture ({floor.work.picture / 1e12:.3f} TFLOP at "
        f"{floor.rate / 1e12:.2f} TFLOP/s, {floor.known}); with {best.people} people it takes "
        f"{1 / best.rate / floor.seconds:.2f} times that"
    )
    if comparison.profile:
        yield from _profile(comparison.profile)


def _level(level: Level) -> str:
    plain, shared = level.typical
    assert shared.shares
    return (
        f"{level.people:<8}{plain.rate:>8.2f}{shared.rate:>10.2f}{level.ratio:>9.2f}   {_two(shared.sights):^13}   "
        f"{_two(plain.pictures):^13} {_two(shared.pictures):^13}   {shared.shares.of_hub * 100:>4.1f} %"
    )


def _two(values: list[float]) -> str:
    middle, late = spread(values)
    return f"{middle:.2f} / {late:.2f}"


def _cancels(comparison: Comparison) -> str:
    middle, late = spread(comparison.cancels.waits)
    tick = median(comparison.cancels.ticks)
    return (
        f"Cancel among {comparison.cancelled_among} people: gone after {ms(middle)} ms (median), {ms(late)} ms (95 %); "
        f"a tick takes {ms(tick)} ms"
    )


def _profile(profile: Profile) -> Iterator[str]:
    yield ""
    yield f"Where the time goes with {profile.people} people"
    wall = profile.shares.wall
    for name, seconds in profile.shares.rows():
        yield f"  {name:<40}{seconds:>8.3f} s{seconds / wall * 100:>7.1f} %"
    single = profile.rows[1]
    yield "The bare denoiser's forward by its rows"
    for rows, seconds in profile.rows.items():
        gain = single * rows / seconds
        yield f"  {rows:>2} rows{ms(seconds):>10.1f} ms{ms(seconds / rows):>10.1f} ms a row{gain:>8.2f} times alone"
