"""Walks through Discord's message components, classic, V2 and modal. Knows their nesting, not their rules."""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from itertools import count
from typing import Any

Json = dict[str, Any]


class Component(IntEnum):
    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = frozenset(
    {
        Component.STRING_SELECT,
        Component.USER_SELECT,
        Component.ROLE_SELECT,
        Component.MENTIONABLE_SELECT,
        Component.CHANNEL_SELECT,
    }
)
LAYOUT = frozenset(
    {
        Component.SECTION,
        Component.TEXT_DISPLAY,
        Component.THUMBNAIL,
        Component.MEDIA_GALLERY,
        Component.FILE,
        Component.SEPARATOR,
        Component.CONTAINER,
    }
)
"""Those that need the Components V2 flag."""
LINK, PREMIUM = 5, 6
"""Button styles that carry no custom_id."""


def walk(components: Iterable[Json]) -> Iterator[Json]:
    """Every component, parents before their children."""
    for component in components:
        yield component
        yield from walk(component.get("components") or ())
        for single in ("accessory", "component"):
            if component.get(single):
                yield from walk((component[single],))


def find(components: Iterable[Json], custom_id: str) -> Json | None:
    return next((each for each in walk(components) if each.get("custom_id") == custom_id), None)


def media(component: Json) -> Iterator[Json]:
    """The media items ({"url": …}) that a component shows itself."""
    match component.get("type"):
        case Component.THUMBNAIL:
            yield component["media"]
        case Component.FILE:
            yield component["file"]
        case Component.MEDIA_GALLERY:
            yield from (item["media"] for item in component["items"])


def without_nulls(told: Any) -> Any:
    """Components without the fields that are null, which mean the same as those that are not there."""
    if isinstance(told, dict):
        return {name: without_nulls(value) for name, value in told.items() if value is not None}
    return [without_nulls(each) for each in told] if isinstance(told, list) else told


def numbered(components: list[Json]) -> list[Json]:
    """Components as Discord returns them: those without an id have got one that is unique in the message."""
    taken = {component["id"] for component in walk(components) if component.get("id")}
    free = (number for number in count(1) if number not in taken)
    for component in walk(components):
        if not component.get("id"):
            component["id"] = next(free)
    return components
