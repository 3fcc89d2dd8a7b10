"""Turns what a person filled in into the data of an interaction, as Discord's own client does.

Refuses what that client would not let a person send. Knows commands, menus and modals; draws no ids and sends nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.playground import components
from bot.playground.commands import NESTING, Option
from bot.playground.components import Component

Json = dict[str, Any]
TEXT_LENGTH = 6000


class Misuse(ValueError):
    """Discord's client would not let a person do this; the words say why."""


def leaf(command: Json, path: Iterable[str]) -> list[Json]:
    """The options to fill in of a command or, by the words after its name, of one of its subcommands."""
    options = command.get("options") or []
    for name in path:
        found = next((each for each in options if each["type"] in NESTING and each["name"] == name), None)
        if found is None:
            raise Misuse(f"/{command['name']} has no subcommand {name}")
        options = found.get("options") or []
    if any(each["type"] in NESTING for each in options):
        raise Misuse(f"/{command['name']} wants one of its subcommands")
    return options


def nested(command: Json, path: list[str], filled: list[Json]) -> list[Json]:
    """Filled options below the subcommand that they belong to."""
    if not path:
        return filled
    here = next(each for each in command.get("options") or [] if each["name"] == path[0])
    return [{"name": path[0], "type": here["type"], "options": nested(here, path[1:], filled)}]


def filled(options: list[Json], values: Mapping[str, Any], *, complete: bool, focused: str | None = None) -> list[Json]:
    """Options with the values that a person gave. Unless `complete`, required ones may be missing (autocomplete)."""
    unknown = values.keys() - {option["name"] for option in options}
    if unknown:
        raise Misuse(f"no such option: {', '.join(sorted(unknown))}")
    missing = [option["name"] for option in options if option.get("required") and option["name"] not in values]
    if complete and missing:
        raise Misuse(f"this option is required: {', '.join(missing)}")
    given = [option for option in options if option["name"] in values]
    told = []
    for option in given:
        value = values[option["name"]]
        checked = value if option["name"] == focused else _value(option, value)
        each = {"name": option["name"], "type": option["type"], "value": checked}
        told.append(each | {"focused": True} if option["name"] == focused else each)
    return told


def _value(option: Json, value: Any) -> Any:
    """A value of the option's type, inside its limits and choices."""
    name = option["name"]
    try:
        converted = _CONVERT[Option(option["type"])](value)
    except (KeyError, TypeError, ValueError):
        raise Misuse(f"{name}: {value!r} does not fit the option") from None
    choices = option.get("choices") or []
    if choices and converted not in [choice["value"] for choice in choices]:
        raise Misuse(f"{name}: {value!r} is not one of the choices")
    _within(name, converted, option)
    return converted


def _within(name: str, value: Any, option: Json) -> None:
    size, low, high = value, option.get("min_value"), option.get("max_value")
    if isinstance(value, str):
        size, low, high = len(value), option.get("min_length"), option.get("max_length", TEXT_LENGTH)
    if low is not None and size < low:
        raise Misuse(f"{name}: at least {low}")
    if high is not None and size > high:
        raise Misuse(f"{name}: at most {high}")


def _integer(value: Any) -> int:
    if isinstance(value, bool) or int(value) != float(value):
        raise ValueError(value)
    return int(value)


def _boolean(value: Any) -> bool:
    return {True: True, False: False, "true": True, "false": False}[value]


def _snowflake(value: Any) -> str:
    return str(getattr(value, "id", value))


_CONVERT = {
    Option.STRING: str,
    Option.INTEGER: _integer,
    Option.BOOLEAN: _boolean,
    Option.NUMBER: float,
    Option.USER: _snowflake,
    Option.CHANNEL: _snowflake,
    Option.ROLE: _snowflake,
    Option.MENTIONABLE: _snowflake,
    Option.ATTACHMENT: _snowflake,
}


def pressed(message_components: list[Json], custom_id: str) -> Json:
    """The data of a press on a message's button."""
    button = components.find(message_components, custom_id)
    if button is None or button["type"] != Component.BUTTON:
        raise Misuse(f"there is no button {custom_id!r} on this message")
    if button.get("disabled"):
        raise Misuse("this button is disabled")
    return {"component_type": int(Component.BUTTON), "custom_id": custom_id, "id": button.get("id", 1)}


def selected(message_components: list[Json], custom_id: str, values: list[str]) -> Json:
    """The data of a choice in a message's select menu."""
    menu = components.find(message_components, custom_id)
    if menu is None or menu["type"] not in components.SELECTS:
        raise Misuse(f"there is no menu {custom_id!r} on this message")
    if menu.get("disabled"):
        raise Misuse("this menu is disabled")
    _chosen(menu, values)
    return {"component_type": menu["type"], "custom_id": custom_id, "id": menu.get("id", 1), "values": values}


def _chosen(menu: Json, values: list[str]) -> None:
    if not menu.get("min_values", 1) <= len(values) <= menu.get("max_values", 1):
        raise Misuse(f"choose {menu.get('min_values', 1)} to {menu.get('max_values', 1)}")
    offered = {option["value"] for option in menu.get("options") or ()}
    if offered and not offered.issuperset(values):
        raise Misuse("that is not on the menu")


def submitted(modal: Json, values: Mapping[str, Any]) -> Json:
    """The data of a filled-in modal; a field that `values` leaves out keeps what the modal proposed."""
    known = {each["custom_id"] for each in components.walk(modal["components"]) if "custom_id" in each}
    if values.keys() - known:
        raise Misuse(f"this modal has no field {', '.join(sorted(values.keys() - known))}")
    return {
        "custom_id": modal["custom_id"],
        "components": [_field(component, values) for component in modal["components"]],
    }


def _field(component: Json, values: Mapping[str, Any]) -> Json:
    told: Json = {"type": component["type"]} | ({"id": component["id"]} if "id" in component else {})
    match component["type"]:
        case Component.ACTION_ROW:
            return told | {"components": [_field(each, values) for each in component["components"]]}
        case Component.LABEL:
            return told | {"component": _field(component["component"], values)}
        case Component.TEXT_DISPLAY:
            return told
        case Component.TEXT_INPUT:
            return told | {"custom_id": component["custom_id"], "value": _text(component, values)}
        case Component.CHECKBOX:
            value = bool(values.get(component["custom_id"], component.get("default", False)))
            return told | {"custom_id": component["custom_id"], "value": value}
        case Component.RADIO_GROUP:
            return told | {"custom_id": component["custom_id"], "value": _radio(component, values)}
    chosen = [str(each) for each in values.get(component["custom_id"], _proposed(component))]
    if component.get("required", True) or chosen:
        _chosen(component, chosen)
    return told | {"custom_id": component["custom_id"], "values": chosen}


def _text(field: Json, values: Mapping[str, Any]) -> str:
    text = str(values.get(field["custom_id"], field.get("value") or ""))
    if not text and field.get("required", True):
        raise Misuse(f"{field['custom_id']} is required")
    if text:
        _within(field["custom_id"], text, {"max_length": 4000} | field)
    return text


def _proposed(field: Json) -> list[str]:
    return [option["value"] for option in field.get("options") or () if option.get("default")]


def _radio(field: Json, values: Mapping[str, Any]) -> str | None:
    chosen = values.get(field["custom_id"], next(iter(_proposed(field)), None))
    if chosen is None and field.get("required", True):
        raise Misuse(f"{field['custom_id']} is required")
    if chosen is not None and chosen not in [option["value"] for option in field["options"]]:
        raise Misuse("that is not one of the choices")
    return chosen
