"""What was done to a picture to make another one of it, in a few words. Pure; the figures are read from the request."""

from collections.abc import Callable, Mapping
from math import copysign

from bot.growth import PANS, STRENGTH, UPSCALE, ZOOMS
from diffusion.request import Request

FROM = "grown", "from"
"""Where nothing better is known."""


def grown(action: str, request: Request) -> str:
    """By the job's action; the picture's name goes on from it: "subtle variation of", "zoomed out 2× from"."""
    deed, joint = DEEDS.get(action, (lambda _: FROM[0], FROM[1]))
    return f"{deed(request)} {joint}"


def deed(action: str, request: Request) -> str:
    """The same alone: "zoomed out 2×"; nothing for a picture that began with words."""
    return DEEDS[action][0](request) if action in DEEDS else ""


def _varied(request: Request) -> str:
    if request.source:
        return f"{_nearest(STRENGTH, request.strength)} variation"
    return "subtle variation" if request.variation < 0.3 else "strong variation"


def _zoomed(request: Request) -> str:
    if not request.frame:
        return "zoomed out"
    factor = request.width / request.frame[2]
    return f"zoomed out {min(ZOOMS, key=lambda zoom: abs(zoom - factor)):g}×"


def _panned(request: Request) -> str:
    """The picture went to the other side of where the view did."""
    left, top = request.frame[:2] or (0, 0)
    went = next((name for name, way in PANS.items() if _signs(*way) == _signs(left, top)), "")
    return f"panned {went}".rstrip()


def _signs(*numbers: float) -> tuple[float, ...]:
    return tuple(copysign(1, number) if number else 0 for number in numbers)


def _nearest(table: Mapping[str, float], value: float) -> str:
    return min(table, key=lambda name: abs(table[name] - value))


DEEDS: Mapping[str, tuple[Callable[[Request], str], str]] = {
    "vary": (_varied, "of"),
    "reroll": (lambda _: "re-roll", "of"),
    "remix": (lambda _: "remix", "of"),
    "reply": (lambda _: "redrawn", "from"),
    "reimagine": (lambda _: "reimagined", "from"),
    "upscale": (lambda request: f"{_nearest(UPSCALE, request.strength)} upscale", "of"),
    "zoom": (_zoomed, "from"),
    "pan": (_panned, "from"),
    "square": (lambda _: "made square", "from"),
}
