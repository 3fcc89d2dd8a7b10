"""What a module answered is kept, for calls that ask the same again: prompts, and above all the empty one.

Knows calls, not what they mean.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import torch

from diffusion.hub.joining import Call, Digests


class Memory:
    """The answers to the last different calls of one module, up to `room` bytes. Nobody may change them in place."""

    def __init__(self, room: int, digests: Digests) -> None:
        self._room = room
        self._digests = digests
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}

    def recall(self, call: Call, ask: Callable[[Call], Any]) -> Any:
        """The answer that is known, else what `ask` gives."""
        try:
            key = call.setting, tuple((name, self._content(value)) for name, value in call.arguments.items())
        except TypeError:  # something in it cannot be compared
            return ask(call)
        answer = self._answers[key] if key in self._answers else ask(call)
        self._answers[key], self._sizes[key] = answer, size(answer)
        self._answers.move_to_end(key)
        while sum(self._sizes.values()) > self._room:
            oldest, _ = self._answers.popitem(last=False)
            del self._sizes[oldest]
        return answer

    def forget(self) -> None:
        self._answers.clear()
        self._sizes.clear()

    def _content(self, value: Any) -> Hashable:
        match value:
            case torch.Tensor():
                return value.shape, value.dtype, self._digests.of(value)
            case list() | tuple():
                return tuple(self._content(item) for item in value)
            case dict():
                return tuple((name, self._content(item)) for name, item in value.items())
        hash(value)
        return type(value), value


def size(answer: Any) -> int:
    """Bytes of the tensors in it."""
    match answer:
        case torch.Tensor():
            return answer.nbytes
        case list() | tuple():
            return sum(map(size, answer))
        case dict():
            return sum(map(size, answer.values()))
    return 0
