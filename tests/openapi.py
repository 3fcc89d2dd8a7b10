"""Judges requests by Discord's OpenAPI document, where that file stands beside the repository.

Knows the document's paths and schemas, one leniency (ids may be numbers: discord.py sends some so), and no server.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCUMENT = Path(__file__).resolve().parents[2] / "shared" / "discord-openapi.json"
URI = "urn:discord"
METHODS = {"get", "put", "post", "delete", "patch"}
JSON, MULTIPART = "application/json", "multipart/form-data"


@dataclass(frozen=True)
class Operation:
    """One method of one path; `pattern` matches the path, naming its parameters."""

    method: str
    path: str
    pattern: re.Pattern[str]
    told: dict[str, Any]
    parameters: dict[tuple[str, str], dict[str, Any]]
    """(where, name) -> parameter, of the path and of the operation."""


class Document:
    """The document as read from a file of Discord's."""

    def __init__(self, path: Path = DOCUMENT):
        told = json.loads(path.read_text())
        told["components"]["schemas"]["SnowflakeType"] = {
            "anyOf": [told["components"]["schemas"]["SnowflakeType"], {"type": "integer", "minimum": 0}]
        }
        self._registry: Registry[Any] = Registry().with_resource(URI, DRAFT202012.create_resource(told))
        self._validators: dict[str, Draft202012Validator] = {}
        operations = [
            _operation(path, method, item)
            for path, item in told["paths"].items()
            for method in item
            if method in METHODS
        ]
        self._operations = sorted(operations, key=lambda operation: operation.path.count("{"))

    def violations(self, method: str, path: str, payload: Any, query: Mapping[str, str]) -> list[str]:
        """What is wrong with a request, in words; empty if nothing is. `path` is the part below /api/v10."""
        for operation in self._operations:
            match = operation.pattern.fullmatch(path)
            if match and operation.method == method.lower():
                found = [*self._body(operation, payload), *self._parameters(operation, match.groupdict(), query)]
                return [f"{method} {path}: {each}" for each in found]
        return [f"{method} {path}: no such operation"]

    def _body(self, operation: Operation, payload: Any) -> list[str]:
        body = operation.told.get("requestBody")
        if body is None:
            return [] if payload is None else ["a body where none is expected"]
        if payload is None:
            return ["no body"] if body.get("required") else []
        fault = self._fault(_pointer("paths", operation.path, operation.method, *_schema_of(body)), payload)
        return [fault] if fault else []

    def _parameters(self, operation: Operation, inside: Mapping[str, str], query: Mapping[str, str]) -> list[str]:
        found = [f"unknown query parameter {name}" for name in query if ("query", name) not in operation.parameters]
        for (where, name), parameter in operation.parameters.items():
            value = inside.get(name) if where == "path" else query.get(name)
            if value is None:
                found += [f"missing {name}"] if parameter.get("required") else []
                continue
            validator = self._validator(json.dumps(parameter["schema"]), _absolute(parameter["schema"]))
            if not any(validator.is_valid(reading) for reading in _readings(value)):
                found.append(f"{name}={value!r} does not fit")
        return found

    def _fault(self, pointer: str, payload: Any) -> str | None:
        error = best_match(self._validator(pointer, {"$ref": f"{URI}#{pointer}"}).iter_errors(payload))
        return f"{error.json_path}: {error.message[:300]}" if error else None

    def _validator(self, key: str, schema: dict[str, Any]) -> Draft202012Validator:
        if key not in self._validators:
            self._validators[key] = Draft202012Validator(schema, registry=self._registry)
        return self._validators[key]


@dataclass
class Judge:
    """An observer of the playground that collects what the document forbids."""

    document: Document
    violations: list[str] = field(default_factory=list)
    seen: int = 0

    def __call__(self, method: str, path: str, payload: Any, query: Mapping[str, str]) -> None:
        self.seen += 1
        self.violations += self.document.violations(method, path, payload, query)


def _operation(path: str, method: str, item: dict[str, Any]) -> Operation:
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
    parameters = [*item.get("parameters", ()), *item[method].get("parameters", ())]
    return Operation(
        method, path, re.compile(pattern), item[method], {(each["in"], each["name"]): each for each in parameters}
    )


def _schema_of(body: dict[str, Any]) -> tuple[str, ...]:
    """The multipart schema only adds the files to the JSON one, so the JSON one judges both."""
    return "requestBody", "content", JSON if JSON in body["content"] else MULTIPART, "schema"


def _pointer(*steps: str) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _absolute(schema: Any) -> Any:
    """A schema whose references name the document."""
    if isinstance(schema, dict):
        return {key: URI + value if key == "$ref" else _absolute(value) for key, value in schema.items()}
    return [_absolute(each) for each in schema] if isinstance(schema, list) else schema


def _readings(value: str) -> list[Any]:
    """What a text in an address may stand for."""
    readings: list[Any] = [value]
    if re.fullmatch(r"-?\d+", value):
        readings.append(int(value))
    if value.lower() in ("true", "false", "0", "1"):
        readings.append(value.lower() in ("true", "1"))
    return readings
