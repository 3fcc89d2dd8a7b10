"""What happens when the card is full: rung by rung, and never at anybody else's cost."""

import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from diffusers.models.unets.unet_2d_blocks import UpDecoderBlock2D
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from diffusion.engine import Engine
from diffusion.hub.sharing import Hub
from diffusion.models.families import Task
from diffusion.models.memory import GIB
from diffusion.models.offload import Yard, parts
from diffusion.models.pipelines import load
from diffusion.registry import ModelSpec
from diffusion.request import Event, Failed, Finished, Progress, Request
from diffusion.settings import EngineSettings
from tests.developing import finish, picture
from tests.tiny_models import spec

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers")


class FullCard:
    """An allocator of which the first input of a layer may fill no more than `most` bytes, by the layer's kind.

    Every layer of torch is watched, so what is joined, parted or cut into windows is seen as a card would feel it.
    """

    peak = 0.0
    total: float = 4 * GIB

    def __init__(self) -> None:
        self.most: Mapping[type, float] = {}
        self.most_slim: Mapping[type, float] = {}
        """The same once parts of a model come and go."""
        self.free_at_empty = 0.0
        """What the limits grow by when the reserve is freed."""
        self.emptied = 0
        self.refused: list[int] = []
        self.row: dict[type, int] = {}
        """The largest row that each kind of layer was given."""
        self.slim = False

    def reset_peak(self) -> None: ...

    def empty(self) -> None:
        self.emptied += 1
        self.most = {kind: most + self.free_at_empty for kind, most in self.most.items()}

    def watch(self, module: torch.nn.Module, inputs: tuple[Any, ...]) -> None:
        kind = type(module)
        self.slim |= hasattr(module, "_hf_hook")
        if not inputs or not isinstance(inputs[0], torch.Tensor):
            return
        self.row[kind] = max(self.row.get(kind, 0), inputs[0][:1].nbytes)
        if inputs[0].nbytes > (self.most_slim if self.slim else self.most).get(kind, inf):
            self.refused.append(inputs[0].nbytes)
            raise torch.OutOfMemoryError(f"CUDA out of memory: {inputs[0].nbytes} bytes")


@pytest.fixture
def card() -> Iterator[FullCard]:
    card = FullCard()
    handle = torch.nn.modules.module.register_module_forward_pre_hook(card.watch)
    yield card
    handle.remove()


class Layer(torch.nn.Module):
    """What the hub's tests put under load: (rows, 2) float32, 8 bytes a row."""

    def forward(self, sample: torch.Tensor) -> torch.Tensor:
        return sample + 1


class Shared(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = Layer()
        self.rows: list[int] = []

    def forward(self, sample: torch.Tensor, more: Any = None) -> tuple[torch.Tensor]:
        answer = self.layer(sample)
        self.rows.append(len(sample))
        return (answer,)


def walk(module: Shared, steps: int, rows: int = 1) -> Callable[[], float]:
    def program() -> float:
        sample = torch.zeros(rows, 2)
        for _ in range(steps):
            sample = module(sample)[0]
        return sample.sum().item()

    return program


def ran(card: FullCard, rows: list[int], steps: int = 3) -> tuple[Shared, list[Any]]:
    hub, module = Hub(rows=16, relieve=card.empty), Shared()
    hub.share(module)
    strands = [hub.start(walk(module, steps, each), number) for number, each in enumerate(rows)]
    while hub.busy:
        hub.tick()
    return module, strands


def test_first_the_reserve_is_freed(card: FullCard) -> None:
    card.most, card.free_at_empty = {Layer: 24}, 8
    module, strands = ran(card, [1, 1, 1, 1])
    assert module.rows == [4, 4, 4]
    assert card.emptied == 1
    assert [strand.result for strand in strands] == [6] * 4


def test_what_is_remembered_goes_with_the_reserve(card: FullCard) -> None:
    hub, texts, module = Hub(rows=16, relieve=card.empty), Shared(), Shared()
    hub.share(texts, remember=1000)
    hub.share(module)

    def run(*programs: Callable[[], float]) -> None:
        for program in programs:
            hub.start(program, program)
        while hub.busy:
            hub.tick()

    run(walk(texts, 1))
    run(walk(texts, 1))
    assert texts.rows == [1]
    card.most, card.free_at_empty = {Layer: 24}, 8
    run(*(walk(module, 3) for _ in range(4)))
    assert card.emptied == 1
    run(walk(texts, 1))
    assert texts.rows == [1, 1]


def test_then_fewer_rows_run_at_once_and_that_is_remembered(card: FullCard) -> None:
    card.most = {Layer: 16}
    module, strands = ran(card, [1, 1, 1, 1])
    assert max(module.rows) == 2
    assert card.refused == [32, 32]  # once, and once more with the reserve freed; never again
    assert [strand.result for strand in strands] == [6] * 4


def test_even_one_strands_rows_are_parted(card: FullCard) -> None:
    card.most = {Layer: 8}
    module, strands = ran(card, [5, 1])
    assert set(module.rows) == {1}
    assert [strand.result for strand in strands] == [30, 6]


def test_what_does_not_fit_at_all_fails_and_nobody_else_does(card: FullCard) -> None:
    card.most = {Layer: 4}
    hub, module, other = Hub(rows=16, relieve=card.empty), Shared(), Shared()
    other.layer = torch.nn.Identity()  # pyright: ignore[reportAttributeAccessIssue]
    hub.share(module)
    hub.share(other)
    bad, good = hub.start(walk(module, 3), "bad"), hub.start(walk(other, 3), "good")
    while hub.busy:
        hub.tick()
    assert isinstance(bad.error, torch.OutOfMemoryError)
    assert good.result == 0


# The whole engine


def opened(card: FullCard, *specs: ModelSpec, **values: Any) -> Engine:
    settings = EngineSettings(device="cpu", preview_every=1000.0, **values)
    return Engine({each.name: each for each in specs}, settings, memory=card)


def ask(model: str = "sd", **values: Any) -> Request:
    usual = {"prompt": "a red circle", "width": 32, "height": 32, "steps": 3, "guidance": 3.0, "sampler": "DDIM"}
    return Request(**{**usual, "model": model, "seed": 7, **values})


def notes(events: list[Event]) -> list[str]:
    return [event.note for event in events if isinstance(event, Progress) and event.note]


@pytest.fixture
def tiny(folder: Path) -> ModelSpec:
    return replace(spec("sd", folder), max_pixels=256 * 256)


@pytest.fixture
def as_ever(card: FullCard, tiny: ModelSpec) -> dict[int, np.ndarray]:
    """The pictures of an engine with room enough, by their side."""
    engine = opened(card, tiny)
    for side in (32, 128):
        engine.admit(side, ask(width=side, height=side))
    events = finish(engine)
    return {side: picture(events[side]) for side in (32, 128)}


def same(events: list[Event], wanted: np.ndarray) -> bool:
    return bool(np.abs(picture(events) - wanted).max() <= 1)


def test_idle_models_leave_before_anything_is_parted(card: FullCard, tiny: ModelSpec, as_ever: dict) -> None:
    other = replace(tiny, name="other")
    engine = opened(card, tiny, other)
    engine.admit("first", ask("other"))
    finish(engine)
    card.most, card.free_at_empty = {Transformer2DModel: 1}, 10**9
    engine.admit("second", ask())
    assert same(finish(engine)["second"], as_ever[32])
    assert engine.models == ["sd"]


def test_the_denoisers_rows_are_parted_and_the_pictures_stay(card: FullCard, tiny: ModelSpec, as_ever: dict) -> None:
    engine = opened(card, tiny)
    card.most = {Transformer2DModel: card.row[Transformer2DModel] / 16 * 3}  # of the smaller picture three rows
    for seed in (7, 8, 9):
        engine.admit(seed, ask(seed=seed))
    events = finish(engine)
    assert card.refused
    assert same(events[7], as_ever[32])
    assert all(isinstance(events[seed][-1], Finished) for seed in (8, 9))
    assert not card.slim


def test_an_autoencoder_goes_on_in_windows(card: FullCard, tiny: ModelSpec, as_ever: dict) -> None:
    engine = opened(card, tiny)
    card.most = {UpDecoderBlock2D: card.row[UpDecoderBlock2D] / 2}
    engine.admit("large", ask(width=128, height=128))
    engine.admit("small", ask())
    events = finish(engine)
    assert card.refused
    assert same(events["small"], as_ever[32])
    assert np.abs(picture(events["large"]) - as_ever[128]).mean() < 16  # its norms see windows, not the whole
    assert not card.slim


def test_at_last_it_begins_anew_with_parts_off_the_card_when_others_are_done(
    card: FullCard, tiny: ModelSpec, as_ever: dict
) -> None:
    engine = opened(card, tiny)
    card.most = {Transformer2DModel: card.row[Transformer2DModel] / 2}
    engine.admit("large", ask(width=128, height=128))
    engine.admit("small", ask(steps=9))
    engine.admit("also small", ask())
    events = finish(engine)
    assert card.slim
    assert same(events["large"], as_ever[128])
    assert same(events["also small"], as_ever[32])
    assert "waiting until sd leaves the card" in notes(events["large"])
    assert notes(events["small"]) == ["loading sd"]


def test_below_that_only_this_one_is_refused(card: FullCard, tiny: ModelSpec, as_ever: dict) -> None:
    engine = opened(card, tiny)
    card.most = card.most_slim = {Transformer2DModel: card.row[Transformer2DModel] / 2}
    engine.admit("large", ask(width=128, height=128))
    engine.admit("small", ask())
    events = finish(engine)
    last = events["large"][-1]
    assert isinstance(last, Failed)
    assert last.told
    assert "smaller" in last.reason
    assert same(events["small"], as_ever[32])


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # its own compiler's, when first imported
@pytest.mark.parametrize("compile", ["off", "full"])
def test_a_model_that_left_leaves_nothing_behind(
    compile: str, card: FullCard, tiny: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diffusion.models.speed.torch.compile", lambda forward, **_: forward)  # only the warm-ups count
    gc.collect()
    before = denoisers()
    large = [replace(tiny, name=name, memory=3) for name in "ab"]
    engine = opened(card, *large, compile=compile, rows=2)
    engine.admit("a", ask("a"))
    engine.admit("b", ask("b"))
    events = finish(engine)
    assert "waiting until a leaves the card" in notes(events["b"])
    assert engine.models == ["b"]
    for name in "abab":
        engine.admit(name, ask(name))
        finish(engine)
    gc.collect()
    assert denoisers() == before + 1  # b


def denoisers() -> int:
    """How many are alive."""
    return sum(type(each) is UNet2DConditionModel for each in gc.get_objects())


def test_a_model_known_to_be_too_large_comes_with_its_parts_off_the_card(
    card: FullCard, tiny: ModelSpec, as_ever: dict
) -> None:
    engine = opened(card, replace(tiny, memory=5))
    engine.admit("one", ask())
    engine.admit("two", ask(seed=8))
    events = finish(engine)
    assert card.slim
    assert same(events["one"], as_ever[32])


def test_visiting_parts_come_one_at_a_time(tiny: ModelSpec) -> None:
    moves: list[tuple[str, str]] = []
    pipeline: Any = load(tiny, torch.device("cpu"), torch.float32, lambda note: None).templates[Task.TEXT]
    names = {id(part): name for name, part in parts(pipeline)}
    yard = Yard(torch.device("meta"), lambda part, device: moves.append((names.get(id(part), "vae"), device.type)))
    yard.settle(pipeline)
    assert set(moves) >= {("unet", "meta"), ("text_encoder", "cpu"), ("vae.decoder", "cpu")}
    moves.clear()
    for part in (pipeline.text_encoder, pipeline.text_encoder, pipeline.vae.decoder):
        yard.bring(part)
    assert moves == [("text_encoder", "meta"), ("text_encoder", "cpu"), ("vae.decoder", "meta")]
