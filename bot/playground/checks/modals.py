"""Modals: their title, their one to five fields. Knows nothing of who sees them."""

from typing import Any

from bot.playground.checks import components as component_checks
from bot.playground.checks.form import Form, Path
from bot.playground.components import SELECTS, Component

Json = dict[str, Any]

TOP = frozenset({Component.ACTION_ROW, Component.TEXT_DISPLAY, Component.LABEL})
IN_LABEL = SELECTS | {
    Component.TEXT_INPUT,
    Component.FILE_UPLOAD,
    Component.RADIO_GROUP,
    Component.CHECKBOX_GROUP,
    Component.CHECKBOX,
}
IN_ROW = frozenset({Component.TEXT_INPUT})
TEXT = 4000


def check(form: Form, modal: Json, path: Path) -> None:
    form.known(modal, ("custom_id", "title", "components"), path)
    form.required(modal, ("custom_id", "title", "components"), path)
    form.lengths(modal, {"custom_id": (1, 100), "title": (1, 45), "components": (1, 5)}, path)
    told = modal.get("components") or []
    for index, component in enumerate(told):
        _top(form, component, (*path, "components", index))
    component_checks.check_totals(form, told, (*path, "components"))


def _top(form: Form, component: Json, path: Path) -> None:
    if not form.choice(component.get("type"), (*path, "type"), TOP):
        return
    match component["type"]:
        case Component.LABEL:
            form.known(component, component_checks.FIELDS[Component.LABEL], path)
            form.required(component, ("label", "component"), path)
            form.lengths(component, {"label": (1, 45), "description": (0, 100)}, path)
            _field(form, component.get("component") or {}, (*path, "component"), IN_LABEL)
        case Component.ACTION_ROW:
            form.length(component.get("components") or [], (*path, "components"), 1, 1)
            for index, field in enumerate(component.get("components") or []):
                _field(form, field, (*path, "components", index), IN_ROW)
                form.required(field, ("label",), (*path, "components", index))
        case _:
            component_checks.check_one(form, component, path)


def _field(form: Form, field: Json, path: Path, allowed: frozenset[int]) -> None:
    if not form.choice(field.get("type"), (*path, "type"), allowed):
        return
    component_checks.check_one(form, field, path)
    match field["type"]:
        case Component.TEXT_INPUT:
            _text(form, field, path)
        case Component.FILE_UPLOAD:
            if not 0 <= field.get("min_values", 1) <= field.get("max_values", 1) <= 10:
                form.fault((*path, "max_values"), "NUMBER_TYPE_MAX", "Must be between 0 and 10.")
        case Component.RADIO_GROUP:
            form.length(field.get("options") or [], (*path, "options"), 2, 10)
        case Component.CHECKBOX_GROUP:
            form.length(field.get("options") or [], (*path, "options"), 1, 10)


def _text(form: Form, field: Json, path: Path) -> None:
    form.choice(field.get("style"), (*path, "style"), (1, 2))
    form.lengths(field, {"label": (0, 45), "placeholder": (0, 100), "value": (0, TEXT)}, path)
    least, most = field.get("min_length") or 0, field.get("max_length") or TEXT
    if not 0 <= least <= most <= TEXT:
        form.fault((*path, "max_length"), "NUMBER_TYPE_MAX", f"Must be between {max(least, 1)} and {TEXT}.")
