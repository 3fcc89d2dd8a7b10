"""The ways onward from a picture of the history, by the action of their keys: a press takes one, and so does a reply
that calls a key by its name. What is made of a request stands in `bot.growth`, how keys look in `bot.keys`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import growth, intake, sources
from diffusion.registry import ModelSpec
from diffusion.request import Request
from storage.history import Picture

if TYPE_CHECKING:
    from bot.client import Darkroom

Way = Callable[[Picture, str, ModelSpec], Request]
"""From the picture, what the key holds beside its id (how, how far, whereto), and the picture's model."""

WAYS: Mapping[str, Way] = {
    "vary": lambda picture, how, _: growth.varied(picture, how),
    "upscale": lambda picture, how, spec: growth.upscaled(picture.alone, picture.sha256, how, spec),
    "zoom": lambda picture, factor, spec: growth.zoomed(picture.alone, picture.sha256, float(factor), spec),
    "pan": lambda picture, direction, spec: growth.panned(picture.alone, picture.sha256, direction, spec),
    "square": lambda picture, _, spec: growth.squared(picture.alone, picture.sha256, spec),
    "reroll": lambda picture, *_: growth.rerolled(picture.request),
}


async def wish(client: "Darkroom", picture: Picture, action: str, value: str = "") -> intake.Wish:
    """What one of them makes of this picture. Only a re-roll draws the words of a prompt anew; all others say what the
    picture was drawn with."""
    worded = picture if action == "reroll" else await sources.worded(client, picture)
    models, name = client.registry, picture.request.model
    spec = models[name if name in models.models else ""]  # of one that is gone, `today` says so
    made = WAYS[action](worded, value, spec)
    wish = today(client, made, action, picture.id)
    less = growth.less_than_twice(picture.alone, made, spec) if action == "upscale" else ()
    return replace(wish, notes=(*less, *wish.notes))


def today(client: "Darkroom", request: Request, action: str, parent: int) -> intake.Wish:
    """An old request, or what grew from one, as it can be made today."""
    allowed = growth.allowed(request, client.registry, client.config.limits)
    return intake.Wish(allowed, action, parent, growth.lowered(request, allowed))
