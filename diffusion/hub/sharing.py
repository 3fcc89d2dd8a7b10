"""The hub: many programs, each written as if it were alone with a module, share that module's forwards.

A program runs in a greenlet (a strand). Its call of a shared module parks it; `tick` picks calls that fit together,
runs them as one and lets each strand go on with its own rows. So strands join and leave at any call, and a strand
needs to know nothing of the others. The hub knows no model and no picture.

Everything of one hub happens on one thread: greenlets cannot be moved.
"""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any
from weakref import WeakSet

import torch
from greenlet import getcurrent, greenlet

from diffusion.hub.joining import Call, Digests, Form, Unjoinable, bind, halves, joined, parted, together
from diffusion.hub.pace import HostPace, Pace
from diffusion.hub.recall import Memory
from diffusion.hub.strands import Cancelled, Strand
from diffusion.hub.turns import Turns

NOTHING: Mapping[str, str] = {}
ROUNDS = 8
"""Forwards of light modules that one tick makes at most before its heavy one."""


@dataclass(slots=True)
class Seconds:
    """Where a hub's time went, in seconds of the host since it was made.

    On a card a forward's seconds are those of asking for it and of waiting for earlier ones, not the card's own.
    """

    forwards: float = 0.0
    """In the shared modules themselves."""
    strands: float = 0.0
    """In the programs' own code, between their calls."""
    own: float = 0.0
    """In the hub's work: reading calls, grouping, joining, preparing, splitting, switching."""


class Hub:
    """Shares modules among strands.

    `rows` is the budget of one forward; a single call above it runs all the same, alone; with 0 nothing is ever
    joined. Where calls do not fit together they take turns by the time that `pace` reads, as `Turns` says.
    """

    def __init__(self, rows: float, pace: Pace | None = None, *, relieve: Callable[[], object] = lambda: None) -> None:
        """`relieve` frees what memory it can, when a forward found too little of it; what is remembered went before."""
        self.forwards = 0
        """How many were run, to be compared with the calls that were asked for."""
        self.seconds = Seconds()
        self._rows = rows
        self._pace = pace or HostPace()
        self._relieve = relieve
        self._strands: dict[greenlet, Strand] = {}
        self._fresh: list[Strand] = []
        self._turns = Turns()
        self._digests = Digests()
        self._memories: WeakSet[Memory] = WeakSet()
        self._alone: WeakSet[Form] = WeakSet()
        self._fitting: dict[Hashable, int] = {}
        """The most rows that the memory held, of calls that were too much for it once."""

    @property
    def busy(self) -> bool:
        return bool(self._strands)

    def share(
        self, module: Any, *, float_timestep: bool = False, prepare: Callable[[Hashable], None] | None = None,
        remember: int = 0, weight: float = 1.0, buckets: tuple[int, ...] = (), padded: Mapping[str, str] = NOTHING,
    ) -> None:  # fmt: skip
        """Makes `module(...)` park the strand that calls it; outside of strands the module stays as it was.

        `prepare` is called with the strands' setting before each forward; strands of unequal settings share none. The
        answers to the last different inputs are kept, up to `remember` bytes: for modules that many ask the same.
        `weight` is what a row costs beside one of the denoiser; one of 0 is light: its forwards take no turn of their
        own but come before the tick's heavy one. `buckets` are the numbers of rows that it is to run with, `padded` its
        tensors that may be filled up, with the names of their masks.
        """
        form = Form(module.forward, float_timestep, prepare, weight, buckets, padded)
        memory = Memory(remember, self._digests)
        self._memories.add(memory)

        @wraps(form.method)
        def forward(*args: Any, **kwargs: Any) -> Any:
            strand = self._strands.get(getcurrent())
            if strand is None:
                return form.method(*args, **kwargs)
            with self._own_work():
                call = bind(form, args, kwargs, self._digests, strand.setting)
            return memory.recall(call, self._park) if remember else self._park(call)

        module.forward = forward

    def start(
        self, program: Callable[[], Any], owner: Hashable, weight: float = 1.0, setting: Hashable = None
    ) -> Strand:
        """A strand that begins with the next tick."""
        strand = Strand(program, owner, weight, setting)
        self._turns.enter(owner)
        self._strands[strand.greenlet] = strand
        self._fresh.append(strand)
        return strand

    def cancel(self, strand: Strand) -> None:
        """Ends it where it is parked, before any other forward."""
        if strand in self._fresh:
            self._fresh.remove(strand)
        if not strand.ended:
            strand.go_on(error=Cancelled())
        self._forget([strand])

    def forget(self) -> None:
        """Drops the answers that were remembered: whoever asks the same again has it computed again."""
        for memory in self._memories:
            memory.forget()

    def forget_limits(self) -> None:
        """There is more memory than there was: forwards may have as many rows as ever."""
        self._fitting.clear()

    def tick(self) -> list[Strand]:
        """Lets new strands run up to their first call, runs the light forwards and then one other, and returns the
        strands that ended."""
        begun, before = time.perf_counter(), self.seconds.forwards + self.seconds.strands
        touched, self._fresh = self._fresh, []
        for strand in touched:
            self._go_on(strand)
        for _ in range(ROUNDS):
            touched += (light := self._group(light=True))
            if not light:
                break
            self._run(light)
        touched += (group := self._group(light=False))
        if group:
            self._turns.take(strand.owner for strand in group)
            self._run(group)
        ended = [strand for strand in dict.fromkeys(touched) if strand.ended]
        self._forget(ended)
        self.seconds.own += time.perf_counter() - begun - (self.seconds.forwards + self.seconds.strands - before)
        return ended

    def _park(self, call: Call) -> Any:
        hub = getcurrent().parent
        assert hub is not None
        return hub.switch(call)

    def _group(self, *, light: bool) -> list[Strand]:
        """The strand whose turn it is, and those that fit to it, in the order of turns and within the budget."""
        waiting = [strand for strand in self._strands.values() if strand.call and (strand.cost == 0) == light]
        if not waiting:
            return []
        waiting.sort(key=lambda strand: self._turns.rank(strand.owner))
        group, first = waiting[:1], waiting[0].call
        assert first is not None
        cost, rows, most = waiting[0].cost, first.rows, self._fitting.get(first.key, float("inf"))
        for strand in waiting[1:] if self._rows and first.form not in self._alone else ():
            call = strand.call
            if call and call.key == first.key and cost + strand.cost <= self._rows and rows + call.rows <= most:
                group.append(strand)
                cost, rows = cost + strand.cost, rows + call.rows
        return group

    def _run(self, group: list[Strand]) -> None:
        calls = [strand.call for strand in group if strand.call]
        owners = [(strand.owner, strand.weight * call.rows) for strand, call in zip(group, calls, strict=True)]
        try:
            answers = self._answers(calls, partial(self._charge, owners))
        except Exception as error:
            if len(group) == 1:
                self._go_on(group[0], error=error)
                return
            if isinstance(error, Unjoinable):
                self._alone.add(calls[0].form)
            for strand in group:  # the fault may be one's alone
                self._run([strand])
            return
        for strand, answer in zip(group, answers, strict=True):
            self._go_on(strand, answer)

    def _answers(self, calls: list[Call], charge: Callable[[float], None]) -> list[Any]:
        """What each call is answered. Where the memory is too small for all their rows at once: what is kept in
        reserve is freed; else they run in two parts, and so do all like them from then on."""
        rows = sum(call.rows for call in calls)
        if rows <= self._fitting.get(calls[0].key, rows):
            try:
                return self._forward(calls, charge)
            except torch.OutOfMemoryError as error:
                error.with_traceback(None)  # its frames hold what is to be freed
            self._free()
            try:
                return self._forward(calls, charge)
            except torch.OutOfMemoryError as error:
                if rows == 1 or calls[0].apart or calls[0].form in self._alone:
                    raise
                error.with_traceback(None)
            self._free()
            self._fitting[calls[0].key] = rows // 2
        if len(calls) == 1:
            parts = halves(calls[0])
            return [together([self._answers([part], charge)[0] for part in parts], parts[0])]
        middle = len(calls) // 2
        return self._answers(calls[:middle], charge) + self._answers(calls[middle:], charge)

    def _free(self) -> None:
        self.forget()
        self._relieve()

    def _forward(self, calls: list[Call], charge: Callable[[float], None]) -> list[Any]:
        form = calls[0].form
        if form.prepare:
            form.prepare(calls[0].setting)
        arguments = joined(calls)
        begun = time.perf_counter()
        try:
            output = self._pace.run(lambda: form.run(arguments), charge)
        finally:
            self.seconds.forwards += time.perf_counter() - begun
        self.forwards += 1
        return parted(output, calls)

    def _charge(self, owners: list[tuple[Hashable, float]], seconds: float) -> None:
        total = sum(share for _, share in owners)
        for owner, share in owners:
            self._turns.charge(owner, seconds * share / total)

    def _go_on(self, strand: Strand, value: Any = None, error: BaseException | None = None) -> None:
        begun = time.perf_counter()
        strand.go_on(value, error)
        self.seconds.strands += time.perf_counter() - begun

    @contextmanager
    def _own_work(self) -> Iterator[None]:
        """What the hub does while a strand runs is not the strand's time."""
        begun = time.perf_counter()
        yield
        self.seconds.strands -= time.perf_counter() - begun

    def _forget(self, strands: Iterable[Strand]) -> None:
        for strand in strands:
            self._strands.pop(strand.greenlet, None)
        self._turns.leave(strand.owner for strand in self._strands.values())
