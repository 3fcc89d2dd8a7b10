"""The keys under messages: their words, their order, and the `custom_id` that holds all they need.

`bot.buttons` acts on them. Knows no Discord objects and does no I/O.
"""

import discord

from bot.face import Key, Row

PREFIX = "darkroom"
TEMPLATE = rf"{PREFIX}:(?P<action>[a-z]+)(?P<values>(?s::.*)?)"
"""What `custom_id` wrote."""
CUSTOM_ID = 100
"""Characters that Discord allows in a `custom_id`."""

SUBTLE, STRONG, CREATIVE = "subtle", "strong", "creative"
ARROWS = {"left": "⬅️", "up": "⬆️", "down": "⬇️", "right": "➡️"}


def custom_id(action: str, *values: object) -> str:
    return ":".join((PREFIX, action, *map(str, values)))[:CUSTOM_ID]


def values(text: str, count: int) -> list[str]:
    """The first `count` values of a `custom_id`; the last one may hold colons itself."""
    return text.removeprefix(":").split(":", count - 1)


def cancel(job: int) -> tuple[Row, ...]:
    return ((Key("Cancel", custom_id("cancel", job), style=discord.ButtonStyle.danger),),)


def again(job: int) -> tuple[Row, ...]:
    return ((Key("Try again", custom_id("again", job), "🔄"),),)


def reopen(form: str) -> tuple[Row, ...]:
    """Under the refusal of a form; `form` is what the form's `custom_id` holds."""
    return ((Key("Change what I typed", custom_id("reopen", form), "✏️"),),)


def confirm_delete(job: int) -> tuple[Row, ...]:
    return (
        (
            Key("Delete for good", custom_id("erase", job), "🗑️", discord.ButtonStyle.danger),
            Key("Keep", custom_id("keep", job)),
        ),
    )


def results(job: int, pictures: list[int], *, square: bool = False) -> tuple[Row, ...]:
    """Under a result: `pictures` are the ids of what it shows, in order; `square` where they are squares already."""
    if len(pictures) == 1:
        return (picture(pictures[0]), *onward(pictures[0], square=square), (remix(pictures[0]), delete(job)))
    return (
        (*(_vary(one, SUBTLE, f"V{number}") for number, one in enumerate(pictures, 1)), _reroll(pictures[0], "")),
        tuple(_vary(one, STRONG, f"V{number} strong") for number, one in enumerate(pictures, 1)),
        tuple(_upscale(one, SUBTLE, f"U{number}") for number, one in enumerate(pictures, 1)),
        (remix(pictures[0]), delete(job)),
    )


def picture(one: int) -> tuple[Key, ...]:
    """The ways onward from a picture that stands alone."""
    return (_vary(one, SUBTLE, "Vary subtle"), _vary(one, STRONG, "Vary strong"), _reroll(one, "Re-roll"))


def onward(one: int, *, square: bool) -> tuple[Row, ...]:
    """What makes a larger picture of it, or one of what is around it."""
    return (
        (
            _upscale(one, SUBTLE, "Upscale subtle"),
            _upscale(one, CREATIVE, "Upscale creative"),
            Key("Zoom out 1.5×", custom_id("zoom", one, 1.5), "🔍"),
            Key("Zoom out 2×", custom_id("zoom", one, 2), "🔍"),
        ),
        (
            *(Key("", custom_id("pan", one, direction), arrow) for direction, arrow in ARROWS.items()),
            *(() if square else (Key("Make square", custom_id("square", one), "⏹️"),)),
        ),
    )


def shown(one: int, job: int, offset: int, search: str, *, square: bool = False) -> tuple[Row, ...]:
    """Under a picture opened from the history."""
    return (
        picture(one),
        *onward(one, square=square),
        (
            remix(one),
            delete(job),
            Key("Post here", custom_id("post", one), "📌"),
            Key("Back", custom_id("history", offset, search), "↩️"),
        ),
    )


def pages(pictures: list[int], offset: int, total: int, size: int, search: str) -> tuple[Row, ...]:
    """Under a page of the history: a number for each picture, and the way to the other pages."""
    numbers = tuple(
        Key(str(number), custom_id("open", one, offset, search), style=discord.ButtonStyle.primary)
        for number, one in enumerate(pictures, offset + 1)
    )
    turning = (
        _turn("Newer", "◀️", max(0, offset - size) if offset else None, search),
        _turn("Older", "▶️", offset + size if offset + size < total else None, search),
        Key("Search", custom_id("search", search), "🔎"),
    )
    return (numbers, turning) if numbers else (turning,)


def _turn(label: str, emoji: str, offset: int | None, search: str) -> Key:
    """A key to another page; one that leads nowhere has a name of its own, for no two in a message may be the same."""
    if offset is None:
        return Key(label, custom_id("none", label.lower()), emoji, disabled=True)
    return Key(label, custom_id("history", offset, search), emoji)


def _vary(one: int, how: str, label: str) -> Key:
    return Key(label, custom_id("vary", one, how))


def _upscale(one: int, how: str, label: str) -> Key:
    return Key(label, custom_id("upscale", one, how))


def _reroll(one: int, label: str) -> Key:
    return Key(label, custom_id("reroll", one), "🔄")


def remix(one: int) -> Key:
    return Key("Remix", custom_id("remix", one), "🎛️")


def delete(job: int) -> Key:
    return Key("Delete", custom_id("delete", job), "🗑️")
