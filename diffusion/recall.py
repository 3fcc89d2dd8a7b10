"""What a module answered is kept, for calls that ask the same again: prompts, and above all the empty one.

Knows calls, not what they mean.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import torch

from diffusion.joining import Call, Digests


class Memory:
    """The answers to the last `most` different calls of one module. Nobody may change them in place."""

    def __init__(self, most: int, digests: Digests) -> None:
        self._most = most
        self._digests = digests
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def recall(self, call: Call, ask: Callable[[Call], Any]) -> Any:
        """The answer that is known, else what `ask` gives."""
        try:
            key = call.setting, tuple((name, self._content(value)) for name, value in call.arguments.items())
        except TypeError:  # something in it cannot be compared
            return ask(call)
        if key not in self._answers:
            self._answers[key] = ask(call)
        self._answers.move_to_end(key)
        answer = self._answers[key]
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
        return answer

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
