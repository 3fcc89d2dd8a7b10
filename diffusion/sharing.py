"""The hub: many programs, each written as if it were alone with a module, share that module's forwards.

A program runs in a greenlet (a strand). Its call of a shared module parks it; `tick` picks calls that fit together,
runs them as one and lets each strand go on with its own rows. So strands join and leave at any call, and a strand
needs to know nothing of the others. The hub knows no model and no picture.

Everything of one hub happens on one thread: greenlets cannot be moved.
"""

import time
from collections.abc import Callable, Hashable, Iterable
from functools import wraps
from typing import Any

from greenlet import getcurrent, greenlet

from diffusion.joining import Call, Digests, Form, Unjoinable, bind, run_joined
from diffusion.recall import Memory


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
        self._greenlet = greenlet(program)

    @property
    def ended(self) -> bool:
        return self._greenlet.dead

    @property
    def cost(self) -> float:
        return self.weight * self.call.rows if self.call else 0.0

    def go_on(self, value: Any = None, error: BaseException | None = None) -> None:
        """Runs it until it parks again or ends; `error` is raised where it is parked."""
        self.call = None
        try:
            answer = (
                self._greenlet.throw(error) if error else self._greenlet.switch(*([value] if self._greenlet else []))
            )
        except Cancelled as cancelled:
            self.error = cancelled
        except Exception as failure:
            self.error = failure
        else:
            self.call, self.result = (None, answer) if self.ended else (answer, None)


class Hub:
    """Shares modules among strands.

    `rows` is the budget of one forward; a single call above it runs all the same, alone. Where calls do not fit
    together they take turns, the owner who was served least first; time is read from `clock`.
    """

    def __init__(self, rows: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self.forwards = 0
        """How many were run, to be compared with the calls that were asked for."""
        self._rows = rows
        self._clock = clock
        self._strands: dict[greenlet, Strand] = {}
        self._fresh: list[Strand] = []
        self._served: dict[Hashable, float] = {}
        self._digests = Digests()
        self._alone: set[Form] = set()

    @property
    def busy(self) -> bool:
        return bool(self._strands)

    def share(
        self, module: Any, *, float_timestep: bool = False, prepare: Callable[[Hashable], None] | None = None,
        remember: int = 0,
    ) -> None:  # fmt: skip
        """Makes `module(...)` park the strand that calls it; outside of strands the module stays as it was.

        `prepare` is called with the strands' setting before each forward; strands of unequal settings share none. The
        last different inputs' outputs are kept, `remember` bytes of them: for modules that many ask the same.
        """
        form = Form(module.forward, float_timestep, prepare)
        memory = Memory(remember, self._digests)

        @wraps(form.method)
        def forward(*args: Any, **kwargs: Any) -> Any:
            strand = self._strands.get(getcurrent())
            if strand is None:
                return form.method(*args, **kwargs)
            call = bind(form, args, kwargs, self._digests, strand.setting)
            return memory.recall(call, self._park) if remember else self._park(call)

        module.forward = forward

    def start(
        self, program: Callable[[], Any], owner: Hashable, weight: float = 1.0, setting: Hashable = None
    ) -> Strand:
        """A strand that begins with the next tick. A new owner starts level with the one who was served least."""
        strand = Strand(program, owner, weight, setting)
        self._served.setdefault(owner, min(self._served.values(), default=0.0))
        self._strands[strand._greenlet] = strand
        self._fresh.append(strand)
        return strand

    def cancel(self, strand: Strand) -> None:
        """Ends it where it is parked, before any other forward."""
        if strand in self._fresh:
            self._fresh.remove(strand)
        if not strand.ended:
            strand.go_on(error=Cancelled())
        self._forget([strand])

    def tick(self) -> list[Strand]:
        """Lets new strands run up to their first call, runs one forward, and returns the strands that ended."""
        fresh, self._fresh = self._fresh, []
        for strand in fresh:
            strand.go_on()
        group = self._next_group()
        if group:
            begun = self._clock()
            self._run(group)
            self._charge(group, self._clock() - begun)
        ended = [strand for strand in (*fresh, *group) if strand.ended]
        self._forget(ended)
        return ended

    def _park(self, call: Call) -> Any:
        hub = getcurrent().parent
        assert hub is not None
        return hub.switch(call)

    def _next_group(self) -> list[Strand]:
        """The strand whose owner was served least, and those that fit to it, in that order and within the budget."""
        waiting = [strand for strand in self._strands.values() if strand.call]
        waiting.sort(key=lambda strand: self._served[strand.owner])
        group: list[Strand] = []
        for strand in waiting:
            if not group or (self._fits(strand, group[0]) and sum(s.cost for s in group) + strand.cost <= self._rows):
                group.append(strand)
        return group

    def _fits(self, strand: Strand, other: Strand) -> bool:
        call, its = strand.call, other.call
        return call is not None and its is not None and call.key == its.key and call.form not in self._alone

    def _run(self, group: list[Strand]) -> None:
        calls = [strand.call for strand in group if strand.call]
        try:
            answers = run_joined(calls)
            self.forwards += 1
        except Exception as error:
            if len(group) == 1:
                group[0].go_on(error=error)
                return
            if isinstance(error, Unjoinable):
                self._alone.add(calls[0].form)
            for strand in group:  # the fault may be one's alone
                self._run([strand])
            return
        for strand, answer in zip(group, answers, strict=True):
            strand.go_on(answer)

    def _charge(self, group: list[Strand], seconds: float) -> None:
        total = sum(strand.weight for strand in group)
        for strand in group:
            self._served[strand.owner] += seconds * strand.weight / total

    def _forget(self, strands: Iterable[Strand]) -> None:
        for strand in strands:
            self._strands.pop(strand._greenlet, None)
        owners = {strand.owner for strand in self._strands.values()}
        self._served = {owner: served for owner, served in self._served.items() if owner in owners}
