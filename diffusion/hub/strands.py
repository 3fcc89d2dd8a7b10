"""A strand: a program in a greenlet of its own, which is parked whenever it calls a shared module.

Knows calls and greenlets; not who runs the calls.
"""

from collections.abc import Callable, Hashable
from typing import Any

import torch
from greenlet import greenlet
from torch.overrides import TorchFunctionMode, _pop_mode, _push_mode

from diffusion.hub.joining import Call


class Cancelled(BaseException):
    """Thrown into a strand that is no longer wanted. No `Exception`, so that no program mistakes it for a failure."""


class Strand:
    """One program under way: parked at `call`, or ended with `result` or `error`."""

    def __init__(self, program: Callable[[], Any], owner: Hashable, weight: float, setting: Hashable = None) -> None:
        self.owner = owner
        """Whose time it uses: the strands of one owner share one turn."""
        self.setting = setting
        """The state in which it wants to find the modules that can be prepared."""
        self.weight = weight
        """What one row of it costs, in rows of the budget."""
        self.call: Call | None = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.greenlet = greenlet(program)
        self._modes: list[TorchFunctionMode] = []

    @property
    def ended(self) -> bool:
        return self.greenlet.dead

    @property
    def cost(self) -> float:
        """What its call takes of the budget; 0 where it calls nothing, or something light."""
        return self.weight * self.call.rows * self.call.form.weight if self.call else 0.0

    def go_on(self, value: Any = None, error: BaseException | None = None) -> None:
        """Runs it until it parks again or ends; `error` is raised where it is parked."""
        self.call = None
        depth = _depth()
        for mode in self._modes:
            _push_mode(mode)
        try:
            answer = self.greenlet.throw(error) if error else self.greenlet.switch(*([value] if self.greenlet else []))
        except Cancelled as cancelled:
            self.error = cancelled
        except Exception as failure:
            self.error = failure
        else:
            self.call, self.result = (None, answer) if self.ended else (answer, None)
        finally:
            self._modes = [_pop_mode() for _ in range(_depth() - depth)][::-1]


def _depth() -> int:
    """How many modes of torch's functions the thread is in: those that a strand has entered are its own, and leave the
    thread with it while it is parked."""
    return torch._C._len_torch_function_stack()
