"""What a model can be asked for: the bounds of a request, told before anything is loaded or opened.

Knows the registry's figures, not the model: what only the loaded one can tell comes later.
"""

from collections import Counter

from diffusion import samplers
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told

ENLARGED = 4
"""An upscale has at most so many times the pixels of the largest picture that is drawn at once."""
BLENDED = range(2, 6)
"""How many pictures can be blended."""


def check(request: Request, spec: ModelSpec) -> None:
    """`Told` where the model cannot make such a picture."""
    samplers.sampler(request.sampler)
    _check_size(request, spec)
    if request.steps < 1 or request.count < 1:
        raise Told("Steps and count must be at least 1.")
    if not 0 < request.strength <= 1:
        raise Told("The strength must be above 0 and at most 1.")
    if not 0 < request.stop <= 1:
        raise Told("Stop says after which part of the walk the picture is taken: above 0 and up to 1.")
    _check_source(request)
    _check_references(request)
    _check_guides(request, spec)


def largest(request: Request, spec: ModelSpec) -> int:
    """The most pixels of such a picture."""
    return spec.pixels * ENLARGED if request.upscale else spec.pixels


def _check_size(request: Request, spec: ModelSpec) -> None:
    step, most = spec.multiple, largest(request, spec)
    if request.width < step or request.height < step or request.width % step or request.height % step:
        raise Told(f"Width and height must be multiples of {step} for the model {spec.name}.")
    if request.width * request.height > most:
        side = int(most**0.5) // step * step
        raise Told(
            f"{request.width}×{request.height} is too large for the model {spec.name}; {side}×{side} is the most."
        )


def _check_source(request: Request) -> None:
    ways = [name for name in ("mask", "frame", "upscale") if getattr(request, name)]
    if ways and not request.source:
        raise Told("A mask, a frame and an upscale are about a picture; name the one that they are for.")
    if len(ways) > 1:
        raise Told(f"One of {' and '.join(ways)} at a time; do them one after the other.")
    if request.upscale and request.tile:
        raise Told("A picture that tiles cannot be upscaled; leave `tile` out.")
    if request.upscale and request.references:
        raise Told("An upscale follows its own picture alone; leave the other pictures out.")
    if request.frame and not _is_seen(request):
        raise Told("Of the picture nothing would be on the canvas, or nothing beside it; choose another frame.")


def _is_seen(request: Request) -> bool:
    """Whether the canvas shows a part of the source, and a part that is new."""
    left, top, width, height = request.frame or (0, 0, 0, 0)
    on = (
        min(width, height) > 0 and left < request.width and top < request.height and min(left + width, top + height) > 0
    )
    filled = left <= 0 and top <= 0 and left + width >= request.width and top + height >= request.height
    return on and not filled


def _check_references(request: Request) -> None:
    if any(not 0 <= reference.weight <= 2 for reference in request.references):
        raise Told("How much a picture counts is a number from 0 to 2.")
    roles = Counter(reference.role for reference in request.references)
    blended = roles.pop("blend", 0)
    if blended and blended not in BLENDED:
        raise Told(f"A blend is made of {BLENDED[0]} to {BLENDED[-1]} pictures, not {blended}.")
    if blended and request.source:
        raise Told("A blend begins with its own pictures; leave the other one out.")
    if {"image", "style"} <= roles.keys():
        raise Told("Either a picture to follow or one for its style; leave one of them out.")


def _check_guides(request: Request, spec: ModelSpec) -> None:
    """Whether the model has what its references ask for."""
    for reference in request.references:
        match reference.role:
            case "blend":
                continue
            case "image" | "style":
                if not spec.ip_adapter.source:
                    raise Told(f"{spec.name} takes no pictures beside the words: it has no IP-Adapter.")
            case role if role not in spec.controls:
                known = f"it has {', '.join(spec.controls)}" if spec.controls else "the configuration names none"
                raise Told(f"{spec.name} has no ControlNet “{role[:40]}”; {known}.")
