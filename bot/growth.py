"""What the keys make of a picture's request: functions `Request -> Request`. Pure but for the seeds, passed in."""

from collections.abc import Callable
from dataclasses import replace

from bot import prompt, sizes
from bot.config import Limits
from bot.keys import STRONG, SUBTLE
from diffusion.registry import Registry
from diffusion.request import Request, Told
from storage.history import Picture

NOISE = {SUBTLE: 0.15, STRONG: 0.5}
"""How far the starting noise turns to a new one, as the request's `variation`."""
STRENGTH = {SUBTLE: 0.3, STRONG: 0.7}
"""Denoising strength where the parent's noise cannot be turned."""

Draw = Callable[[], int]


def varied(picture: Picture, how: str, seed: Draw = prompt.draw) -> Request:
    """As many variations of one picture as it had siblings.

    A picture made from noise alone gets its noise turned. One that is a variation itself, or grew from another
    picture, is drawn over: its own noise is no longer one seed's.
    """
    alone, count = picture.alone, picture.request.count
    if alone.source or alone.variation:
        plain = replace(alone, variation=0.0, variation_seed=0, seed=seed(), count=count)
        return _walking(replace(plain, source=picture.sha256, strength=STRENGTH[how]))
    return replace(alone, variation=NOISE[how], variation_seed=seed(), count=count)


def rerolled(request: Request, seed: Draw = prompt.draw) -> Request:
    """The same again with a new seed; of a variation, another variation of the same picture."""
    if request.variation:
        return replace(request, variation_seed=seed())
    return replace(request, seed=seed())


def allowed(request: Request, registry: Registry, limits: Limits) -> Request:
    """An old request within today's limits; `Told` where that would be another picture altogether."""
    if request.model not in registry.models:
        raise Told(f"The model “{request.model}” is not here any more; press Remix to draw it with another one.")
    if not sizes.fits(request.width, request.height, registry[request.model]):
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


def _walking(request: Request) -> Request:
    """With few steps, a low strength would walk none of them."""
    if not request.source or prompt.walks(request):
        return request
    return replace(request, strength=prompt.least_strength(request.steps))
