"""Collects what is wrong with a form, nested as Discord nests it, and refuses it as a whole. Knows no form."""

from collections.abc import Collection, Sized
from typing import Any

from bot.playground.refusals import Refused

Path = tuple[str | int, ...]


class Form:
    """The faults found so far; `refuse` raises 50035 if there are any."""

    def __init__(self) -> None:
        self._errors: dict[str, Any] = {}

    def fault(self, path: Path, code: str, message: str) -> None:
        place = self._errors
        for step in path:
            place = place.setdefault(str(step), {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def refuse(self) -> None:
        if self._errors:
            raise Refused(50035, self._errors)

    def required(self, told: dict[str, Any], names: Collection[str], path: Path) -> bool:
        """Whether all are there and not null; a fault for each that is not."""
        missing = [name for name in names if told.get(name) is None]
        for name in missing:
            self.fault((*path, name), "BASE_TYPE_REQUIRED", "This field is required")
        return not missing

    def known(self, told: dict[str, Any], names: Collection[str], path: Path) -> None:
        """A fault for each field that Discord does not document there."""
        for name in told.keys() - set(names):
            self.fault((*path, name), "BASE_TYPE_UNKNOWN_FIELD", "This field is unknown")

    def length(self, value: Any, path: Path, low: int, high: int) -> None:
        """A fault unless a text or list has `low` to `high` elements; what is not there (None) is no fault."""
        if value is None:
            return
        if not isinstance(value, Sized):
            self.fault(path, "BASE_TYPE_INVALID", "This field has the wrong type")
        elif low and not low <= len(value) <= high:
            self.fault(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
        elif len(value) > high:
            self.fault(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")

    def lengths(self, told: dict[str, Any], limits: dict[str, tuple[int, int]], path: Path) -> None:
        """The lengths of several fields: name -> (least, most); a field that is not there is no fault."""
        for name, (low, high) in limits.items():
            self.length(told.get(name), (*path, name), low, high)

    def choice(self, value: Any, path: Path, allowed: Collection[Any]) -> bool:
        if value in allowed:
            return True
        words = ", ".join(str(each) for each in sorted(allowed))
        self.fault(path, "BASE_TYPE_CHOICES", f"Value must be one of ({words},).")
        return False
