"""Several calls of one method become one: their inputs joined along the batch, its output split again.

And one becomes several, where what it asks for at once is too much.

Knows tensors, not models: what a call means it takes from the method's signature and the shapes alone. The rules,
each of which prefers running alone to being wrong:

- the first argument tells the number of rows: a tensor's first dimension, or the length of a list of tensors;
- tensors whose first dimension is that number are rows and are concatenated; a 0-d `timestep` becomes one a row;
- beside a list of tensors, other lists of that length are rows too, also in what is answered; beside a tensor, lists
  and dictionaries are looked into;
- a list of that length whose items are equal plain lists has one for each row, as the shapes of pictures are given;
- where a form says which tensors have a mask, these may be of different lengths: the shorter are filled up and masked;
- every other tensor and every plain value must be equal in all the calls that are joined.
"""

import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch.utils.weak import WeakIdKeyDictionary


class Unjoinable(Exception):
    """This call, or this output, cannot be shared with others."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Form:
    """How the calls of one method are read."""

    method: Callable[..., Any]
    """Bound, as its class defines it."""
    float_timestep: bool = False
    """Whether the method casts its timestep to float first, so that whole and broken ones may share a batch."""
    prepare: Callable[[Hashable], None] | None = None
    """Brings what the method belongs to into the state that a strand's setting asks for."""
    weight: float = 1.0
    """What one of its rows costs beside one of the module that a walk calls at every step; 0 for what is light."""
    buckets: tuple[int, ...] = ()
    """The numbers of rows, ascending, that it runs with: what is joined is filled up to the next of them."""
    padded: Mapping[str, str] = field(default_factory=dict)
    """Tensors (rows, length, …) of any length, and the name of the mask (rows, length) that says what counts."""
    signature: inspect.Signature = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "signature", inspect.signature(self.method))

    def run(self, arguments: Mapping[str, Any]) -> Any:
        """Calls the method by names; what its signature collects in `**kwargs` is spread again."""
        collecting = {p.name for p in self.signature.parameters.values() if p.kind is p.VAR_KEYWORD}
        collected = {key: value for name in collecting for key, value in arguments.get(name, {}).items()}
        return self.method(**{key: arguments[key] for key in arguments if key not in collecting}, **collected)


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call that waits: its arguments by name, and the key that calls must have in common to be joined."""

    form: Form
    arguments: Mapping[str, Any]
    rows: int
    key: Hashable
    listed: bool = False
    """Whether its rows are the items of lists."""
    setting: Hashable = None
    """What the form's `prepare` is told before it runs; part of the key where there is one."""

    apart: bool = False
    """Whether nothing is known of its rows, so that it can be neither joined nor parted."""


class Digests:
    """What stands in tensors that are no rows, to be compared: read once each, since reading waits for the card."""

    def __init__(self) -> None:
        self._known: WeakIdKeyDictionary = WeakIdKeyDictionary()

    def of(self, tensor: torch.Tensor) -> Hashable:
        if tensor not in self._known:
            plain = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)  # expanded ones have no bytes
            self._known[tensor] = plain.flatten().view(torch.uint8).numpy().tobytes()
        return self._known[tensor]


def bind(form: Form, args: tuple[Any, ...], kwargs: Mapping[str, Any], digests: Digests, setting: Hashable) -> Call:
    """The call as a value. Where it fits no other, its key is its own alone."""
    arguments = form.signature.bind(*args, **kwargs).arguments
    setting = setting if form.prepare else None
    main: Any = next((value for value in arguments.values() if value is not None), None)
    listed = _is_list(main)
    rows = len(main) if listed else main.shape[0] if isinstance(main, torch.Tensor) and main.ndim else 0
    if not rows:
        return Call(form, arguments, 1, object(), setting=setting, apart=True)
    if "timestep" in arguments:
        arguments["timestep"] = _timesteps(form, arguments["timestep"], rows)
    reading = _Reading(rows, listed, digests)
    try:
        key: Hashable = tuple((name, reading.key_of(form, name, value)) for name, value in arguments.items())
    except Unjoinable:
        return Call(form, arguments, rows, object(), setting=setting, apart=True)
    shapes = tuple(item.shape for item in main[:1]) if listed else ()
    return Call(form, arguments, rows, (id(form), setting, shapes, key), listed, setting)


def joined(calls: Sequence[Call]) -> Mapping[str, Any]:
    """The arguments of the one call that calls of one key become; with its form's buckets, filled up by more rows."""
    first, more = calls[0], _filling(calls)
    if len(calls) == 1 and not more:
        return first.arguments
    values = _levelled(first.form, {name: [call.arguments[name] for call in calls] for name in first.arguments})
    return {name: _join(those, first.rows, first.listed, more) for name, those in values.items()}


def parted(output: Any, calls: Sequence[Call]) -> list[Any]:
    """Each call's own rows of what `joined` gave. `Unjoinable` if the output cannot be told apart."""
    more = _filling(calls)
    if len(calls) == 1 and not more:
        return [output]
    rows = [call.rows for call in calls]
    return _split(output, [*rows, more] if more else rows, calls[0].listed)[: len(calls)]


def _filling(calls: Sequence[Call]) -> int:
    """How many rows the calls lack to the next bucket."""
    rows = sum(call.rows for call in calls)
    return 0 if calls[0].apart else next((size for size in calls[0].form.buckets if size >= rows), rows) - rows


def halves(call: Call) -> tuple[Call, Call]:
    """Two calls that together ask what this one asks, which has several rows and is not `apart`."""
    middle = call.rows // 2
    first, second = (
        {name: _rows(value, call.rows, call.listed, part) for name, value in call.arguments.items()}
        for part in (slice(middle), slice(middle, None))
    )
    return replace(call, arguments=first, rows=middle), replace(call, arguments=second, rows=call.rows - middle)


def together(outputs: Sequence[Any], part: Call) -> Any:
    """The output of the call whose halves gave these, the first of which is `part`."""
    return _together(outputs, part.rows, part.listed)


def _together(outputs: Sequence[Any], rows: int, listed: bool) -> Any:
    first = outputs[0]
    match first:
        case torch.Tensor() if first.ndim and first.shape[0] == rows:
            return torch.cat(list(outputs))
        case None:
            return None
        case list() if listed and _is_list(first) and len(first) == rows:
            return [item for output in outputs for item in output]
        case dict():
            parts = {name: _together([output[name] for output in outputs], rows, listed) for name in first}
            return type(first)(**parts)
        case list() | tuple():
            return type(first)(_together(items, rows, listed) for items in zip(*outputs, strict=True))
    raise Unjoinable(f"an output of {type(first).__name__} has no rows")


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads from one call's values what must be equal in another's."""

    rows: int
    listed: bool
    digests: Digests

    def key_of(self, form: Form, name: str, value: Any) -> Hashable:
        if name in form.padded.values():
            return "mask"
        if name in form.padded and isinstance(value, torch.Tensor):
            return "rows of any length", value.shape[2:], value.dtype, value.device
        return self.key(value)

    def key(self, value: Any) -> Hashable:
        match value:
            case torch.Tensor() if value.ndim and value.shape[0] == self.rows:
                return "rows", value.shape[1:], value.dtype, value.device
            case torch.Tensor():
                return "same", value.shape, value.dtype, value.device, self.digests.of(value)
            case list() | tuple() if _is_list(value) and self.listed and len(value) == self.rows:
                return "list of rows", value[0].ndim, value[0].dtype, value[0].device
            case list() | tuple() if _is_one_a_row(value, self.rows):
                return "one a row", repr(value[0])
            case list() | tuple() if value and not _holds_tensor(value) and len(value) == self.rows:
                raise Unjoinable("plain values, which may or may not be one a row")
            case list() | tuple():
                return type(value), tuple(self.key(item) for item in value)
            case dict():
                return tuple((name, self.key(item)) for name, item in value.items())
            case Hashable():
                return type(value), value
        raise Unjoinable(f"a {type(value).__name__} cannot be compared")


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, torch.Tensor) for item in value)


def _holds_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor) or (isinstance(value, list | tuple) and any(map(_holds_tensor, value)))


def _is_one_a_row(value: Any, rows: int) -> bool:
    """Whether it has one plain list for each row, the same for all."""
    plain = isinstance(value, list | tuple) and len(value) == rows and not _holds_tensor(value)
    return plain and all(isinstance(item, list | tuple) and item == value[0] for item in value)


def _levelled(form: Form, values: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """All of one length, where the form knows the mask; as they are, where they have one length and no mask."""
    levelled = dict(values)
    for name, mask in form.padded.items():
        those, masks = values.get(name, []), values.get(mask, [])
        lengths = [tensor.shape[1] for tensor in those]
        if masks and (len(set(lengths)) > 1 or any(given is not None for given in masks)):
            whole = [
                tensor.new_ones(tensor.shape[:2], dtype=torch.bool) if given is None else given.bool()
                for tensor, given in zip(those, masks, strict=True)
            ]
            levelled[mask] = [_lengthened(tensor, max(lengths)) for tensor in whole]
            levelled[name] = [_lengthened(tensor, max(lengths)) for tensor in those]
    return levelled


def _lengthened(tensor: torch.Tensor, length: int) -> torch.Tensor:
    """(rows, length, …), zero where it was shorter."""
    more = length - tensor.shape[1]
    return torch.cat([tensor, tensor.new_zeros(len(tensor), more, *tensor.shape[2:])], dim=1) if more else tensor


def _timesteps(form: Form, timestep: Any, rows: int) -> Any:
    if not isinstance(timestep, torch.Tensor):
        return timestep
    timestep = timestep.expand(rows) if timestep.ndim == 0 else timestep  # (rows,)
    return timestep.to(torch.float32) if form.float_timestep else timestep


def _join(values: list[Any], rows: int, listed: bool, more: int) -> Any:
    """`rows` are those of the first value; the keys say that the others are built alike. The last row is repeated so
    many times `more`."""
    first = values[0]
    match first:
        case torch.Tensor() if first.ndim and first.shape[0] == rows:
            filling = [values[-1][-1:].expand(more, *first.shape[1:])] if more else []
            return torch.cat([*values, *filling])
        case list() | tuple() if (_is_list(first) and listed and len(first) == rows) or _is_one_a_row(first, rows):
            return [item for value in values for item in value] + [values[-1][-1]] * more
        case list() | tuple():
            return type(first)(_join(list(items), rows, listed, more) for items in zip(*values, strict=True))
        case dict():
            return {name: _join([value[name] for value in values], rows, listed, more) for name in first}
    return first


def _rows(value: Any, rows: int, listed: bool, part: slice) -> Any:
    """Of a call's value with so many rows only a part of them."""
    match value:
        case torch.Tensor() if value.ndim and value.shape[0] == rows:
            return value[part]
        case list() | tuple() if (_is_list(value) and listed and len(value) == rows) or _is_one_a_row(value, rows):
            return value[part]
        case list() | tuple():
            return type(value)(_rows(item, rows, listed, part) for item in value)
        case dict():
            return {name: _rows(item, rows, listed, part) for name, item in value.items()}
    return value


def _split(output: Any, rows: Sequence[int], listed: bool) -> list[Any]:
    """One part for each of `rows`, built like the output."""
    match output:
        case None:
            return [None] * len(rows)
        case torch.Tensor() if output.ndim and output.shape[0] == sum(rows):
            return list(output.split(list(rows)))
        case list() if listed and _is_list(output) and len(output) == sum(rows):
            ends = [sum(rows[: index + 1]) for index in range(len(rows))]
            return [output[end - count : end] for end, count in zip(ends, rows, strict=True)]
        case dict():
            parts = {name: _split(value, rows, listed) for name, value in output.items()}
            return [type(output)(**{name: part[i] for name, part in parts.items()}) for i in range(len(rows))]
        case list() | tuple():
            return [type(output)(items) for items in zip(*(_split(item, rows, listed) for item in output), strict=True)]
    raise Unjoinable(f"an output of {type(output).__name__} has no rows")
