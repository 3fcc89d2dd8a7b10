"""Which models are in the card's memory: several while they fit; the idle one that was used longest ago leaves first.

Knows needs, sizes and users; neither what a model is nor what is made with it. Everything but the loading itself
happens on the thread that calls `move`.
"""

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from itertools import count
from typing import Generic, TypeVar

import torch

from diffusion.models.memory import GIB, Allocator
from diffusion.registry import ModelSpec
from diffusion.request import Told

TILED = 0.25
"""What is left of the room that a forward works in when autoencoders work in windows: less cannot be promised."""

Model = TypeVar("Model")
Note = Callable[[str], None]


@dataclass(slots=True, eq=False)
class Resident(Generic[Model]):
    """A model that is in memory, or on its way there."""

    spec: ModelSpec
    slim: bool
    """Whether only its denoiser stays on the card, and the other parts come while they run."""
    loading: Future[Model]
    weights: float
    """Bytes of the card: what it is known to need, and once it is loaded what it was measured to hold."""
    users: set[Hashable] = field(default_factory=set)
    used: int = 0
    settled: bool = False
    """Whether `move` has seen that the loading ended, one way or the other."""

    @property
    def work(self) -> float:
        """Bytes that a picture of the trained size needs beside the weights, as far as that is known."""
        return max(0.0, self.spec.memory * GIB - self.weights) if self.settled else 0.0

    @property
    def busy(self) -> bool:
        return bool(self.users) or not self.settled


@dataclass(slots=True)
class Want(Generic[Model]):
    """A request's claim to a model."""

    spec: ModelSpec
    area: float
    slim: bool = False
    note: str = ""
    resident: Resident[Model] | None = None


class Residency(Generic[Model]):
    """Models by name, for requests that want them in the order in which they came.

    Whoever finds no room waits until those who use the models in its way are done; meanwhile nobody who came later
    begins with one of these, so that nobody waits for ever.
    """

    def __init__(
        self,
        load: Callable[[ModelSpec, bool, Note], Model],
        measure: Callable[[Model], float],
        welcome: Callable[[Model], None],
        memory: Allocator,
        executor: Executor,
    ) -> None:
        """`load` makes a model, slim or whole, on a thread of `executor`; on the thread of `move` then `measure` gives
        the bytes that it has on the card, and `welcome` makes it ready for its users."""
        self._load = load
        self._measure = measure
        self._welcome = welcome
        self._memory = memory
        self._executor = executor
        self._residents: dict[str, Resident[Model]] = {}
        self._wants: dict[Hashable, Want[Model]] = {}
        self._notes: dict[str, str] = {}
        self._uses = count(1)

    @property
    def names(self) -> list[str]:
        """The models that are there or on their way."""
        return list(self._residents)

    @property
    def loading(self) -> list[Future[Model]]:
        return [resident.loading for resident in self._residents.values() if not resident.loading.done()]

    def want(self, key: Hashable, spec: ModelSpec, area: float = 1.0, *, slim: bool = False) -> None:
        """A request asks for a model, for pictures of so many times the trained area. It holds it until `leave`."""
        self._wants[key] = Want(spec, area, slim)

    def leave(self, key: Hashable) -> None:
        want = self._wants.pop(key, None)
        if want and want.resident:
            want.resident.users.discard(key)
            want.resident.used = next(self._uses)

    def is_slim(self, key: Hashable) -> bool:
        """Whether the request's model is the slim one, below which there is none."""
        return self._wants[key].slim

    def model(self, key: Hashable) -> Model | None:
        """The request's model; None while it waits. Raises what went wrong: `Told` where it cannot ever be there."""
        want = self._wants[key]
        if want.resident is None or not want.resident.settled:
            return None
        model = want.resident.loading.result()
        self._check_room(want, want.resident)
        return model

    def note(self, key: Hashable) -> str:
        """What the request waits for, for the person."""
        want = self._wants[key]
        if want.resident is None:
            return want.note
        return "" if want.resident.settled else self._notes.get(want.spec.name, "")

    def release(self) -> None:
        """Lets every model go that nobody uses."""
        for resident in [resident for resident in self._residents.values() if not resident.busy]:
            self._let_go(resident)
        self._memory.empty()

    def move(self) -> None:
        """Gives models to those who can have them, loads what is wanted and lets go what is in the way."""
        for resident in list(self._residents.values()):
            self._look_at(resident)
        held: dict[str, str] = {}  # models that are to leave, and for which one
        for key, want in self._wants.items():
            if want.resident is None:
                self._give(key, want, held)

    def _give(self, key: Hashable, want: Want[Model], held: dict[str, str]) -> None:
        name, there = want.spec.name, self._residents.get(want.spec.name)
        if not want.slim and want.spec.memory * GIB > self._memory.total:
            want.slim = True
        if there and (there.slim or not want.slim):
            if name in held:
                want.note = f"waiting until {held[name]} had its turn"
                return
            want.slim = there.slim
            self._take(key, want, there)
            return
        leaving = list(self._in_the_way(want))
        busy = [resident.spec.name for resident in leaving if resident.busy]
        if busy:
            want.note = f"waiting until {' and '.join(busy)} {'leaves' if len(busy) == 1 else 'leave'} the card"
            held |= {resident.spec.name: name for resident in leaving}
            return
        for resident in leaving:
            self._let_go(resident)
        if leaving:
            self._memory.empty()
        self._take(key, want, self._begin(want))

    def _take(self, key: Hashable, want: Want[Model], resident: Resident[Model]) -> None:
        want.resident = resident
        resident.users.add(key)

    def _begin(self, want: Want[Model]) -> Resident[Model]:
        spec, slim = want.spec, want.slim

        def note(words: str) -> None:
            self._notes[spec.name] = words

        loading = self._executor.submit(self._load, spec, slim, note)
        self._residents[spec.name] = Resident(spec, slim, loading, self._need(want))
        return self._residents[spec.name]

    def _look_at(self, resident: Resident[Model]) -> None:
        """Measures what was loaded; forgets what could not be, and tries it slim where it did not fit whole."""
        if resident.settled or not resident.loading.done():
            return
        resident.settled = True
        error = resident.loading.exception()
        if error is None:
            model = resident.loading.result()
            resident.weights = self._measure(model)
            self._welcome(model)
            return
        del self._residents[resident.spec.name]
        if isinstance(error, torch.OutOfMemoryError):
            error.with_traceback(None)  # its frames hold what was loaded so far
            self.release()
            for want in [want for want in self._wants.values() if want.resident is resident]:
                self._demote(want)

    def _demote(self, want: Want[Model]) -> None:
        if want.slim:
            failed: Future[Model] = Future()
            failed.set_exception(self._refusal(want.spec))
            want.resident = Resident(want.spec, True, failed, 0.0, settled=True)
        else:
            want.slim, want.resident = True, None

    def _in_the_way(self, want: Want[Model]) -> Iterator[Resident[Model]]:
        """Those that must leave before it can come; of the others the idle ones first, the longest unused of them."""
        mine = self._residents.get(want.spec.name)
        if mine:
            yield mine
        others = [resident for resident in self._residents.values() if resident is not mine]
        others.sort(key=lambda resident: (resident.busy, resident.used))
        while (
            others
            and self._need(want) + sum(other.weights for other in others) + self._work(others) > self._memory.total
        ):
            yield others.pop(0)

    def _need(self, want: Want[Model]) -> float:
        return min(want.spec.memory * GIB, self._memory.total) if want.slim else want.spec.memory * GIB

    @staticmethod
    def _work(residents: list[Resident[Model]]) -> float:
        return max((resident.work for resident in residents), default=0.0)

    def _check_room(self, want: Want[Model], resident: Resident[Model]) -> None:
        """`Told` where the pictures are too large for the card however they are made."""
        left = max(0.0, self._memory.total - resident.weights)  # a CPU may hold one that is larger than its share
        if resident.work * want.area * TILED > left:
            raise Told(f"The card's memory is too small for this size with {want.spec.name}; ask for a smaller one.")

    def _refusal(self, spec: ModelSpec) -> Told:
        beside = ", ".join(name for name in self._residents if name != spec.name) or "nothing else"
        return Told(
            f"The model {spec.name} does not fit into the card's memory (loaded there: {beside}); choose another with "
            "`--model`, or ask the owner for a smaller one."
        )

    def _let_go(self, resident: Resident[Model]) -> None:
        del self._residents[resident.spec.name]
