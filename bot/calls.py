"""A button called by its name, where a person writes it in a reply to a picture instead of pressing it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.keys import ARROWS, CREATIVE, STRONG, SUBTLE

POLITE = {"please", "pls", "it", "this", "that", "the", "picture", "image", "a", "bit", "to", "now", "just"}
"""Words around a name that change nothing."""
FORMS = {"remix": "Remix", "delete": "Delete", "cancel": "Cancel"}
"""Buttons that ask something of the person who presses them."""


@dataclass(frozen=True, slots=True)
class Call:
    action: str
    """One of `bot.ways.WAYS`, or of `FORMS`."""
    value: str = ""
    number: int = 0
    """The picture that is meant, counted from 1; 0 where none is named."""


NAMES: Mapping[str, Call] = {
    **dict.fromkeys(("vary", "variation", "vary subtle", "vary subtly", "subtle variation"), Call("vary", SUBTLE)),
    **dict.fromkeys(("vary strong", "vary strongly", "strong variation"), Call("vary", STRONG)),
    **dict.fromkeys(("upscale", "upscale 2x", "upscale subtle", "subtle upscale"), Call("upscale", SUBTLE)),
    **dict.fromkeys(("upscale creative", "creative upscale"), Call("upscale", CREATIVE)),
    **dict.fromkeys(("zoom out", "zoom out 2x", "zoom out 2"), Call("zoom", "2")),
    **dict.fromkeys(("zoom out 1.5x", "zoom out 1.5"), Call("zoom", "1.5")),
    **{f"pan {direction}": Call("pan", direction) for direction in ARROWS},
    **{arrow: Call("pan", direction) for direction, arrow in ARROWS.items()},
    "make square": Call("square"),
    **dict.fromkeys(("re roll", "reroll", "🔄"), Call("reroll")),
    **{action: Call(action) for action in FORMS},
}
NUMBERED = re.compile(r"(?P<letter>[uv]|upscale |vary )#?(?P<number>[1-9])(?P<strong> strong)?")


def called(text: str) -> Call | None:
    """The button whose name the whole text is; None for any other text."""
    plain = re.sub(r"[!?,()“”\"'`\-]|\.(?!\d)", " ", text.casefold().replace("×", "x"))
    name = " ".join(word for word in plain.split() if word not in POLITE)
    if match := NUMBERED.fullmatch(name):
        vary, number = match["letter"].startswith("v"), int(match["number"])
        return Call("vary" if vary else "upscale", STRONG if vary and match["strong"] else SUBTLE, number)
    return NAMES.get(name)
