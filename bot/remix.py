"""*Remix*: what its form begins with, and what the sent form asks for. How the form looks is `modals`' business.

A picture that was enlarged gives the words and settings that it was first asked for with: an upscale has none of its
own. One that grew from a picture otherwise is drawn over that one again.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import intake, prompt
from diffusion.request import Request, Told
from storage.history import Picture

if TYPE_CHECKING:
    from bot.client import Darkroom

PLAIN = "The same seed keeps the composition; without --seed a new one is drawn."
OVER = "It is drawn over the same picture as before; the nearer --strength is to 1, the less of that stays."
AROUND = "The kept part of the picture stays, and what is around it is drawn anew."
RESIZED = "The size is another one, so it is drawn over the whole picture and not around it."


@dataclass(frozen=True, slots=True)
class Beginning:
    picture: Picture
    """The one that is remixed."""
    request: Request

    @property
    def hint(self) -> str:
        """One sentence for the form, within the 100 characters that Discord shows."""
        if self.request.frame:
            return AROUND
        return OVER if self.request.source else PLAIN


async def begin(client: "Darkroom", picture: int) -> Beginning:
    """`Told` where the picture was deleted."""
    pressed = await client.history.picture(picture)
    if pressed is None:
        raise Told("That picture was deleted.")
    if not pressed.request.upscale:
        return Beginning(pressed, pressed.request)
    for ancestor in await client.history.ancestors(picture):
        if not ancestor.request.upscale:
            return Beginning(ancestor, ancestor.alone)
    return Beginning(pressed, _without_source(pressed.alone))


async def wish(client: "Darkroom", picture: int, text: str) -> intake.Wish:
    """What the sent form asks for."""
    beginning = await begin(client, picture)
    before = beginning.request
    source = prompt.Source(before.source, before.width, before.height) if before.source else None
    parsed = prompt.parse(text, registry=client.registry, limits=client.config.limits, source=source)
    resized = (parsed.request.width, parsed.request.height) != (before.width, before.height)
    if before.frame and not resized:
        parsed = replace(parsed, request=replace(parsed.request, frame=before.frame))
    notes = (RESIZED,) if before.frame and resized else ()
    return intake.Wish.of(parsed, "remix", beginning.picture.id, notes)


def _without_source(upscale: Request) -> Request:
    """Of an upscale whose picture is gone: its words and settings, at a size that is drawn at once."""
    return replace(
        upscale, source="", strength=1.0, upscale=False, width=upscale.width // 2, height=upscale.height // 2
    )
