"""What can be done with a picture: functions `Request -> Request`, for the keys and the command line alike.

Pure but for the seeds, passed in. A picture that another one grows from is named by its SHA-256.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot import prompt, sizes
from bot.config import Limits
from bot.keys import CREATIVE, STRONG, SUBTLE
from diffusion.demands import largest
from diffusion.registry import ModelSpec, Registry
from diffusion.request import Frame, Reference, Request, Told
from storage.history import Picture

NOISE = {SUBTLE: 0.15, STRONG: 0.5}
"""How far the starting noise turns to a new one, as the request's `variation`."""
STRENGTH = {SUBTLE: 0.3, STRONG: 0.7}
"""Denoising strength where the parent's noise cannot be turned."""
UPSCALE = {SUBTLE: 0.18, CREATIVE: 0.38}
"""Denoising strength of an upscale."""
ENLARGED = 2
ZOOMS = (1.5, 2.0)
PANS: Mapping[str, tuple[float, float]] = {"left": (0.5, 0), "right": (-0.5, 0), "up": (0, 0.5), "down": (0, -0.5)}
"""Where the picture goes, in parts of the canvas, for the view to move so."""
FRAMED = 0.7
"""Denoising strength around a frame: the ground that is drawn on from its edge still shows what belongs there."""
MASKED = 0.9
LEANED = {"image", "style"}
"""The roles of pictures of which a request has one kind at a time."""

Draw = Callable[[], int]


def varied(picture: Picture, how: str, seed: Draw = prompt.draw) -> Request:
    """As many variations of one picture as it had siblings."""
    return variation(picture.alone, picture.sha256, how, picture.request.count, seed)


def variation(alone: Request, sha256: str, how: str, count: int = 1, seed: Draw = prompt.draw) -> Request:
    """Variations of the picture that `alone` made.

    A picture made from noise alone gets its noise turned. One that is a variation itself, or grew from another
    picture, is drawn over: its own noise is no longer one seed's.
    """
    if alone.source or alone.variation or any(each.role == "blend" for each in alone.references):
        return drawn_over(alone, sha256, STRENGTH[how], count, seed)
    return replace(alone, variation=NOISE[how], variation_seed=seed(), count=count)


def drawn_over(alone: Request, sha256: str, strength: float, count: int = 1, seed: Draw = prompt.draw) -> Request:
    """The same words over that picture, in windows where that is what it was drawn in."""
    return _walking(
        replace(_child(alone, sha256, seed), strength=strength, tile=alone.tile, upscale=alone.upscale, count=count)
    )


def upscaled(alone: Request, sha256: str, how: str, spec: ModelSpec, seed: Draw = prompt.draw) -> Request:
    """Twice as wide and high, or the largest of that shape that is made. `Told` where that would be no larger, or too
    narrow."""
    grown = replace(_child(alone, sha256, seed), upscale=True, strength=UPSCALE[how])
    width, height = sizes.enlarged(alone.width, alone.height, ENLARGED, replace(spec, max_pixels=largest(grown, spec)))
    if width <= alone.width or height <= alone.height:
        raise Told(f"{alone.width}×{alone.height} is as large as {spec.name} makes a picture; upscale a smaller one.")
    return _walking(replace(grown, width=width, height=height))


def less_than_twice(alone: Request, grown: Request, spec: ModelSpec) -> tuple[str, ...]:
    """A sentence for the person, where an upscale had to stay below twice its picture."""
    if not grown.upscale or ENLARGED * alone.width - grown.width < spec.multiple:
        return ()
    return (
        f"Twice {alone.width}×{alone.height} is more than {spec.name} makes; {grown.width}×{grown.height} is the "
        "largest of that shape.",
    )


def zoomed(alone: Request, sha256: str, factor: float, spec: ModelSpec, seed: Draw = prompt.draw) -> Request:
    """The picture smaller in the middle of its canvas."""
    width, height = size = _canvas(alone, spec)
    inner = round(width / factor), round(height / factor)
    return _framed(alone, sha256, size, ((width - inner[0]) // 2, (height - inner[1]) // 2, *inner), seed)


def panned(alone: Request, sha256: str, direction: str, spec: ModelSpec, seed: Draw = prompt.draw) -> Request:
    """The view moved by half: the half of the picture that stays keeps its size, the other one is new."""
    width, height = size = _canvas(alone, spec)
    across, down = PANS[direction]
    return _framed(alone, sha256, size, (round(width * across), round(height * down), width, height), seed)


def squared(alone: Request, sha256: str, spec: ModelSpec, seed: Draw = prompt.draw) -> Request:
    """The whole picture on a square. `Told` where it is one already, or too narrow to be seen there."""
    side, _ = size = sizes.of_ratio(1, spec)
    shrink = side / max(alone.width, alone.height)
    inner = round(alone.width * shrink), round(alone.height * shrink)
    if inner == size:
        raise Told("This picture is a square already; zoom out to see more around it.")
    if min(inner) < spec.multiple:
        raise Told(
            f"{alone.width}×{alone.height} is too narrow for a square: it would fill {min(inner)} of {side} pixels "
            f"there, and at least {spec.multiple} are needed; crop it first."
        )
    return _framed(alone, sha256, size, ((side - inner[0]) // 2, (side - inner[1]) // 2, *inner), seed)


def masked(request: Request, mask: str, strength: float = MASKED) -> Request:
    """What is white in that mask is drawn anew; of a picture that is its own mask, what is transparent."""
    if not request.source:
        raise Told("A mask says which part of a picture is drawn anew; name the picture as well.")
    return _walking(replace(request, mask=mask, strength=strength))


def guided(request: Request, references: Sequence[Reference]) -> Request:
    """The same with pictures beside the words; its own ones of the same roles give way."""
    roles = {each.role for each in references}
    if roles & LEANED:
        roles |= LEANED
    kept = (each for each in request.references if each.role not in roles)
    return replace(request, references=(*kept, *references))


def rerolled(request: Request, seed: Draw = prompt.draw) -> Request:
    """The same again with a new seed; of a variation, another variation of the same picture."""
    if request.variation:
        return replace(request, variation_seed=seed())
    return replace(request, seed=seed())


def allowed(request: Request, registry: Registry, limits: Limits) -> Request:
    """An old request within today's limits; `Told` where that would be another picture altogether."""
    if request.model not in registry.models:
        raise Told(f"The model “{request.model}” is not here any more; press Remix to draw it with another one.")
    spec = registry[request.model]
    if not sizes.fits(request.width, request.height, replace(spec, max_pixels=largest(request, spec))):
        raise Told(f"{request.model} draws no {request.width}×{request.height} any more; press Remix for another size.")
    if max(len(request.prompt), len(request.negative)) > limits.prompt:
        raise Told(f"At most {limits.prompt} characters of a prompt are taken now; press Remix to shorten it.")
    return _walking(replace(request, steps=min(request.steps, limits.steps), count=min(request.count, limits.count)))


def lowered(before: Request, after: Request) -> tuple[str, ...]:
    """Sentences for the person: what `allowed` had to lower."""
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in ("steps", "count"))
    return tuple(
        f"`{name}` {was} became {now}, the most that is taken here now." for name, was, now in pairs if was != now
    )


def _child(alone: Request, sha256: str, seed: Draw) -> Request:
    """What every child of that picture has in common: the words and the settings, and nothing of how it was made."""
    return replace(
        alone, source=sha256, seed=seed(), variation=0.0, variation_seed=0, mask="", frame=(), upscale=False,
        tile=False, stop=1.0, references=(), count=1,
    )  # fmt: skip


def _framed(alone: Request, sha256: str, size: sizes.Size, frame: Frame, seed: Draw) -> Request:
    width, height = size
    child = _child(alone, sha256, seed)
    return _walking(replace(child, width=width, height=height, frame=frame, strength=FRAMED))


def _canvas(alone: Request, spec: ModelSpec) -> sizes.Size:
    """That of the picture, or one of its shape and about the area that the model was trained on."""
    if sizes.fits(alone.width, alone.height, spec):
        return alone.width, alone.height
    return sizes.of_ratio(alone.width / alone.height, spec)


def _walking(request: Request) -> Request:
    """With few steps, a low strength would walk none of them."""
    if not request.source or prompt.walks(request):
        return request
    return replace(request, strength=prompt.least_strength(request.steps))
