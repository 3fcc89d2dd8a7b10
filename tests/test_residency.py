"""Models stay while they fit; who finds no room waits, and nobody waits for ever."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import inf

import psutil
import pytest
import torch

from diffusion.models.memory import GIB, allocator
from diffusion.models.residency import Residency
from diffusion.registry import ModelSpec
from diffusion.request import Told


@dataclass
class Card:
    """So many bytes, and how often what is kept in reserve was freed."""

    total: float = 10 * GIB
    peak: float = 0
    emptied: int = 0

    def reset_peak(self) -> None: ...

    def empty(self) -> None:
        self.emptied += 1


@dataclass(eq=False)
class Loaded:
    name: str
    slim: bool


class House:
    """A residency whose models are names and load at once; `weights` are in GiB."""

    def __init__(
        self,
        executor: ThreadPoolExecutor,
        total: float = 10,
        weights: dict[str, float] | None = None,
        *,
        swaps: bool = False,
    ) -> None:
        """One that `swaps` refuses no weights, as the memory of a CPU."""
        self.card = Card(total * GIB)
        self.loads: list[tuple[str, bool]] = []
        self.welcomed: list[Loaded] = []
        self._weights = weights or {}
        self._swaps = swaps
        self.models = Residency[Loaded](self._load, self._measure, self.welcomed.append, self.card, executor)

    def _load(self, spec: ModelSpec, slim: bool, note: Callable[[str], None]) -> Loaded:
        note(f"loading {spec.name}")
        self.loads.append((spec.name, slim))
        if spec.name == "broken":
            raise Told("The folder is missing.")
        if not self._swaps and self._measure(Loaded(spec.name, slim)) > self.card.total:
            raise torch.OutOfMemoryError
        return Loaded(spec.name, slim)

    def _measure(self, model: Loaded) -> float:
        return self._weights.get(model.name, 0) * GIB * (0.5 if model.slim else 1)

    def want(self, key: str, name: str, memory: float = 0, *, slim: bool = False, area: float = 1) -> None:
        self.models.want(key, ModelSpec(name=name, source="builtin", memory=memory), area, slim=slim)

    def settle(self) -> None:
        for _ in range(4):
            self.models.move()
            for future in self.models.loading:
                future.exception()
        self.models.move()

    def has(self, key: str) -> bool:
        self.settle()
        return self.models.model(key) is not None


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def test_models_that_fit_stay_beside_each_other(executor: ThreadPoolExecutor) -> None:
    house = House(executor, weights={"a": 4, "b": 4})
    house.want("1", "a", 4)
    house.want("2", "b", 4)
    assert house.has("1")
    assert house.has("2")
    house.want("3", "a", 4)
    assert house.has("3")
    assert sorted(house.loads) == [("a", False), ("b", False)]
    assert len(house.welcomed) == 2


def test_the_idle_one_that_was_used_longest_ago_leaves(executor: ThreadPoolExecutor) -> None:
    house = House(executor, weights=dict.fromkeys("abc", 4))
    for name in "aba":
        house.want(name, name, 4)
        assert house.has(name)
        house.models.leave(name)
    house.want("c", "c", 4)
    assert house.has("c")
    assert house.models.names == ["a", "c"]
    assert house.card.emptied


def test_one_in_use_never_leaves_and_the_newcomer_waits_with_a_note(executor: ThreadPoolExecutor) -> None:
    house = House(executor, weights={"a": 8, "b": 8})
    house.want("1", "a", 8)
    assert house.has("1")
    house.want("2", "b", 8)
    assert not house.has("2")
    assert house.models.note("2") == "waiting until a leaves the card"
    house.models.leave("1")
    assert house.has("2")
    assert house.models.names == ["b"]


def test_who_waits_is_not_overtaken_by_later_ones(executor: ThreadPoolExecutor) -> None:
    house = House(executor, weights={"a": 8, "b": 8})
    house.want("1", "a", 8)
    assert house.has("1")
    house.want("2", "b", 8)
    house.want("3", "a", 8)  # a is there, but it is to leave
    assert not house.has("3")
    assert house.models.note("3") == "waiting until b had its turn"
    house.models.leave("1")
    assert house.has("2")
    assert not house.has("3")
    house.models.leave("2")
    assert house.has("3")


def test_who_gives_up_waiting_is_in_nobodys_way(executor: ThreadPoolExecutor) -> None:
    house = House(executor, weights={"a": 8, "b": 8})
    house.want("1", "a", 8)
    assert house.has("1")
    house.want("2", "b", 8)
    house.want("3", "a", 8)
    assert not house.has("3")
    house.models.leave("2")
    assert house.has("3")


def test_one_that_is_known_not_to_fit_whole_comes_slim(executor: ThreadPoolExecutor) -> None:
    house = House(executor, total=6, weights={"a": 8})
    house.want("1", "a", 8)
    assert house.has("1")
    assert house.loads == [("a", True)]
    assert house.models.is_slim("1")


def test_one_that_turns_out_not_to_fit_is_tried_slim_and_alone(executor: ThreadPoolExecutor) -> None:
    house = House(executor, total=6, weights={"a": 8, "b": 2})
    house.want("0", "b")
    assert house.has("0")
    house.models.leave("0")
    house.want("1", "a")
    assert house.has("1")
    assert house.loads[1:] == [("a", False), ("a", True)]
    assert house.models.names == ["a"]


def test_one_that_never_fits_is_told(executor: ThreadPoolExecutor) -> None:
    house = House(executor, total=3, weights={"a": 8})
    house.want("1", "a")
    house.settle()
    with pytest.raises(Told, match="does not fit"):
        house.models.model("1")


def test_a_size_that_never_fits_is_told(executor: ThreadPoolExecutor) -> None:
    house = House(executor, total=10, weights={"a": 4})
    house.want("small", "a", 8, area=2)
    house.want("huge", "a", 8, area=8)
    assert house.has("small")
    with pytest.raises(Told, match="smaller"):
        house.models.model("huge")


def test_a_whole_one_makes_room_for_itself_slim_when_its_users_are_done(executor: ThreadPoolExecutor) -> None:
    house = House(executor, weights={"a": 6})
    house.want("1", "a", 6)
    assert house.has("1")
    house.want("2", "a", 6, slim=True)
    assert not house.has("2")
    house.models.leave("1")
    assert house.has("2")
    assert house.loads == [("a", False), ("a", True)]
    house.want("3", "a", 6)  # and whoever comes then takes it as it is
    assert house.has("3")
    assert house.models.is_slim("3")


def test_what_cannot_be_loaded_is_told_and_tried_again_for_the_next(executor: ThreadPoolExecutor) -> None:
    house = House(executor, total=inf)
    for key in "12":
        house.want(key, "broken")
        house.settle()
        with pytest.raises(Told, match="folder"):
            house.models.model(key)
        house.models.leave(key)
    assert house.loads == [("broken", False)] * 2


def test_on_a_cpu_they_leave_before_the_machine_swaps(executor: ThreadPoolExecutor) -> None:
    machine = psutil.virtual_memory().total / GIB
    most = allocator(torch.device("cpu")).total / GIB
    assert machine / 2 < most < machine
    house = House(executor, total=most, weights=dict.fromkeys("ab", 0.6 * most))
    for name in "ab":
        house.want(name, name, 0.6 * most)
        assert house.has(name)
        house.models.leave(name)
    assert house.models.names == ["b"]


def test_one_that_is_larger_than_all_that_is_counted_is_used_where_it_could_be_loaded(
    executor: ThreadPoolExecutor,
) -> None:
    house = House(executor, total=3, weights={"a": 4}, swaps=True)
    house.want("1", "a", 2)
    assert house.has("1")
    assert house.loads == [("a", False)]


def test_release_lets_go_only_what_nobody_uses(executor: ThreadPoolExecutor) -> None:
    house = House(executor, weights={"a": 1, "b": 1})
    house.want("1", "a")
    house.want("2", "b")
    assert house.has("1")
    house.models.leave("2")
    house.models.release()
    assert house.models.names == ["a"]
