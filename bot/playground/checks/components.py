"""Components of a message or a modal: which may stand where, how many, how long. Knows no message around them."""

from typing import Any

from bot.playground import components
from bot.playground.checks.form import Form, Path
from bot.playground.components import LAYOUT, LINK, PREMIUM, SELECTS, Component

Json = dict[str, Any]

ROWS, BUTTONS, TOTAL, TEXT = 5, 5, 40, 4000
SHARED = {"type", "id"}
MENU = SHARED | {"custom_id", "placeholder", "default_values", "min_values", "max_values", "disabled", "required"}
FIELDS: dict[int, set[str]] = {
    Component.ACTION_ROW: SHARED | {"components"},
    Component.BUTTON: SHARED | {"style", "label", "emoji", "custom_id", "sku_id", "url", "disabled"},
    Component.STRING_SELECT: MENU | {"options"},
    Component.TEXT_INPUT: SHARED
    | {"custom_id", "style", "label", "min_length", "max_length", "required", "value", "placeholder"},
    Component.USER_SELECT: MENU,
    Component.ROLE_SELECT: MENU,
    Component.MENTIONABLE_SELECT: MENU,
    Component.CHANNEL_SELECT: MENU | {"channel_types"},
    Component.SECTION: SHARED | {"components", "accessory"},
    Component.TEXT_DISPLAY: SHARED | {"content"},
    Component.THUMBNAIL: SHARED | {"media", "description", "spoiler"},
    Component.MEDIA_GALLERY: SHARED | {"items"},
    Component.FILE: SHARED | {"file", "spoiler"},
    Component.SEPARATOR: SHARED | {"divider", "spacing"},
    Component.CONTAINER: SHARED | {"components", "accent_color", "spoiler"},
    Component.LABEL: SHARED | {"label", "description", "component"},
    Component.FILE_UPLOAD: SHARED | {"custom_id", "min_values", "max_values", "required"},
    Component.RADIO_GROUP: SHARED | {"custom_id", "options", "required"},
    Component.CHECKBOX_GROUP: SHARED | {"custom_id", "options", "min_values", "max_values", "required"},
    Component.CHECKBOX: SHARED | {"custom_id", "default"},
}
CHILDREN: dict[int, frozenset[int]] = {
    Component.ACTION_ROW: SELECTS | {Component.BUTTON},
    Component.SECTION: frozenset({Component.TEXT_DISPLAY}),
    Component.CONTAINER: (LAYOUT - {Component.CONTAINER, Component.THUMBNAIL}) | {Component.ACTION_ROW},
}
TOP_CLASSIC = frozenset({Component.ACTION_ROW})
TOP_V2 = (LAYOUT - {Component.THUMBNAIL}) | {Component.ACTION_ROW}
ACCESSORIES = frozenset({Component.BUTTON, Component.THUMBNAIL})
NAMED = SELECTS | {
    Component.TEXT_INPUT,
    Component.FILE_UPLOAD,
    Component.RADIO_GROUP,
    Component.CHECKBOX_GROUP,
    Component.CHECKBOX,
}
"""Those that always need a custom_id."""


def check(form: Form, told: list[Json] | None, path: Path, *, v2: bool) -> None:
    """The components of a message."""
    if not told:
        return
    for index, component in enumerate(told):
        _nested(form, component, (*path, index), TOP_V2 if v2 else TOP_CLASSIC)
    if not v2:
        form.length(told, path, 0, ROWS)
    check_totals(form, told, path)


def check_totals(form: Form, told: list[Json], path: Path) -> None:
    """What counts over the whole tree: custom_ids that differ, the number of components, the text."""
    every = list(components.walk(told))
    ids = [each["custom_id"] for each in every if each.get("custom_id")]
    if len(ids) != len(set(ids)):
        form.fault(path, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    if len(every) > TOTAL:
        form.fault(path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"Total number of components exceeds {TOTAL}")
    if sum(len(each.get("content", "")) for each in every if each.get("type") == Component.TEXT_DISPLAY) > TEXT:
        text = f"The total text of all components must be {TEXT} or fewer in length"
        form.fault(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)


def _nested(form: Form, component: Json, path: Path, allowed: frozenset[int]) -> None:
    if not form.choice(component.get("type"), (*path, "type"), allowed):
        return
    check_one(form, component, path)
    children = component.get("components") or ()
    for index, child in enumerate(children):
        _nested(form, child, (*path, "components", index), CHILDREN.get(component["type"], frozenset()))
    if component["type"] == Component.SECTION and form.required(component, ("accessory",), path):
        _nested(form, component["accessory"], (*path, "accessory"), ACCESSORIES)


def check_one(form: Form, component: Json, path: Path) -> None:
    """A component by itself, without those below it."""
    kind = component["type"]
    form.known(component, FIELDS[kind], path)
    if kind in NAMED:
        form.required(component, ("custom_id",), path)
    form.lengths(component, {"custom_id": (1, 100), "placeholder": (0, 150), "description": (0, 1024)}, path)
    match kind:
        case Component.ACTION_ROW:
            _row(form, component, path)
        case Component.BUTTON:
            _button(form, component, path)
        case Component.STRING_SELECT:
            _menu(form, component, path)
        case Component.SECTION:
            form.length(component.get("components"), (*path, "components"), 1, 3)
        case Component.TEXT_DISPLAY:
            form.length(component.get("content", ""), (*path, "content"), 1, TEXT)
        case Component.MEDIA_GALLERY:
            form.length(component.get("items", []), (*path, "items"), 1, 10)
            for index, item in enumerate(component.get("items", [])):
                form.lengths(item, {"description": (0, 1024)}, (*path, "items", index))


def _row(form: Form, row: Json, path: Path) -> None:
    children = row.get("components") or []
    menus = any(child.get("type") in SELECTS for child in children)
    form.length(children, (*path, "components"), 1, 1 if menus else BUTTONS)


def _button(form: Form, button: Json, path: Path) -> None:
    if not form.choice(button.get("style"), (*path, "style"), range(1, 7)):
        return
    if button["style"] == LINK:
        form.required(button, ("url",), path)
    elif button["style"] != PREMIUM and not button.get("custom_id"):
        form.fault((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id or url is required")
    form.lengths(button, {"label": (0, 80)}, path)
    if button["style"] != PREMIUM and not button.get("label") and not button.get("emoji"):
        form.fault(path, "BUTTON_COMPONENT_INVALID_LABEL_EMOJI", "A button needs a label or an emoji")


def _menu(form: Form, menu: Json, path: Path) -> None:
    options = menu.get("options") or []
    form.length(options, (*path, "options"), 1, 25)
    for index, option in enumerate(options):
        here = (*path, "options", index)
        form.required(option, ("label", "value"), here)
        form.lengths(option, {"label": (1, 100), "value": (1, 100), "description": (0, 100)}, here)
    values = [option.get("value") for option in options]
    if len(values) != len(set(values)):
        form.fault(
            (*path, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified values are duplicated"
        )
    least, most = menu.get("min_values", 1), menu.get("max_values", 1)
    if not 0 <= least <= most <= max(len(options), 1):
        form.fault((*path, "max_values"), "NUMBER_TYPE_MAX", f"Must be between {least} and {len(options)}.")
