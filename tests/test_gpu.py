"""The whole engine on a CUDA card, with tiny random models: what the CPU cannot prove."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from diffusion.cards import Cards
from diffusion.engine import Engine
from diffusion.models.memory import CardMemory
from diffusion.request import Event, Failed, Finished, Progress, Request
from diffusion.settings import EngineSettings
from tests.developing import finish, picture
from tests.tiny_models import spec

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]
FAMILIES = ("sd", "sdxl", "flux", "sd3")


@pytest.fixture
def opened(folder: Path) -> Callable[..., Engine]:
    def open_engine(*families: str, **settings: Any) -> Engine:
        usual = {"device": "cuda", "preview_every": 0.5}
        return Engine({family: spec(family, folder) for family in families}, EngineSettings(**{**usual, **settings}))

    return open_engine


def ask(model: str = "sdxl", **values: Any) -> Request:
    usual = {"prompt": "a red circle", "width": 32, "height": 32, "steps": 6, "guidance": 3.0, "sampler": "Euler"}
    return Request(**{**usual, "model": model, "seed": 7, **values})


def alone(engine: Engine, request: Request) -> np.ndarray:
    engine.admit("alone", request)
    return picture(finish(engine)["alone"])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_shared_is_the_same_picture_as_alone(opened: Callable[..., Engine], family: str, dtype: str) -> None:
    engine = opened(family, dtype=dtype)
    wanted = alone(engine, ask(family))
    strangers = [ask(family, seed=seed, steps=steps, guidance=guidance) for seed, steps, guidance in
                 ((8, 4, 1.0), (9, 9, 6.0), (10, 6, 2.0))]  # fmt: skip
    for number, request in enumerate((ask(family), *strangers)):
        engine.admit(number, request)
    before = engine.hub.forwards
    shared = finish(engine)
    assert engine.hub.forwards - before < 6 + 4 + 9 + 6
    difference = np.abs(picture(shared[0]) - wanted)
    assert difference.mean() < (6 if dtype == "bfloat16" else 0.5)  # of 255: random weights magnify each rounding


@pytest.mark.parametrize("family", FAMILIES)
def test_deterministic_repeats_to_the_bit_whoever_is_beside(opened: Callable[..., Engine], family: str) -> None:
    algorithms = torch.are_deterministic_algorithms_enabled()
    try:
        engine = opened(family, deterministic=True)
        wanted = alone(engine, ask(family))
        for number in range(4):
            engine.admit(number, ask(family, seed=7 + number))
        np.testing.assert_array_equal(picture(finish(engine)[0]), wanted)
    finally:
        torch.use_deterministic_algorithms(algorithms)


@pytest.fixture
def watched() -> Iterator[None]:
    """Whoever waits for the card within it, raises."""
    yield
    torch.cuda.set_sync_debug_mode("default")


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("family", FAMILIES)
def test_no_tick_waits_for_the_card(opened: Callable[..., Engine], family: str) -> None:
    """Between the first steps, which read what they were given, and the last, which fetch the picture."""
    engine = opened(family, preview_every=0.0)
    for number in range(3):
        engine.admit(number, ask(family, seed=number, steps=40))
    steps: list[Progress] = []
    while max((event.done for event in steps), default=0) < 5:
        steps += [event for _, event in engine.tick() if isinstance(event, Progress)]
    torch.cuda.set_sync_debug_mode("error")
    seen: list[Event] = []
    for _ in range(20):
        seen += [event for _, event in engine.tick()]
    torch.cuda.set_sync_debug_mode("default")
    assert not [event for event in seen if isinstance(event, Failed)]
    assert [event for event in seen if isinstance(event, Progress) and event.preview]
    finish(engine)


def test_a_cancel_frees_its_rows_within_a_tick(opened: Callable[..., Engine]) -> None:
    engine = opened("sdxl")
    for key in ("kept", "dropped"):
        engine.admit(key, ask(steps=200))
    stepped: set[Any] = set()
    while stepped != {"kept", "dropped"}:
        stepped |= {key for key, event in engine.tick() if isinstance(event, Progress) and event.done}
    engine.cancel("dropped")
    assert "dropped" not in {key for key, _ in engine.tick()}
    assert len(engine.hub._strands) == 1
    engine.cancel("kept")
    assert not engine.busy


@pytest.fixture
def little_memory() -> Iterator[Callable[[float], None]]:
    """Sets how many bytes this process may fill beside what it has now."""
    device = torch.device("cuda")
    total = torch.cuda.get_device_properties(device).total_memory

    def leave(free: float) -> None:
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(min(1.0, (torch.cuda.memory_allocated() + free) / total))

    yield leave
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


def test_a_full_card_parts_the_rows_and_everybody_gets_a_picture(
    opened: Callable[..., Engine], little_memory: Callable[[float], None]
) -> None:
    engine = opened("sd", dtype="float32", rows=64)
    wanted = alone(engine, ask("sd", width=64, height=64))
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    for number in range(16):
        engine.admit(number, ask("sd", width=64, height=64, seed=7 + number))
    finish(engine)
    together = torch.cuda.max_memory_allocated() - before
    little_memory(max(32 * 2**20, together / 3))
    for number in range(16):
        engine.admit(number, ask("sd", width=64, height=64, seed=7 + number))
    events = finish(engine)
    assert np.abs(picture(events[0]) - wanted).mean() < 1
    assert all(isinstance(each[-1], Finished) for each in events.values())


def test_what_never_fits_is_told_and_the_engine_goes_on(
    opened: Callable[..., Engine], little_memory: Callable[[float], None]
) -> None:
    engine = opened("sd", dtype="float32")
    alone(engine, ask("sd"))
    hog = torch.empty(2**28, dtype=torch.uint8, device="cuda")
    little_memory(0)
    engine.admit("large", ask("sd", width=64, height=64, count=4))
    last = finish(engine)["large"][-1]
    assert isinstance(last, Finished) or (isinstance(last, Failed) and last.told)
    del hog
    little_memory(2**33)
    alone(engine, ask("sd"))


def test_parts_off_the_card_draw_the_same(opened: Callable[..., Engine]) -> None:
    engine = opened("sdxl", dtype="float32")
    wanted = alone(engine, ask())
    engine._models.release()
    engine._models.want("slim", engine._registry["sdxl"], slim=True)
    engine.admit("one", ask())
    events = finish_with(engine, "one")
    assert np.abs(picture(events) - wanted).mean() < 1
    model: Any = engine._models.model("slim")
    engine._models.leave("slim")
    assert model.slim


def finish_with(engine: Engine, key: str) -> list[Event]:
    events: list[Event] = []
    while not events or not isinstance(events[-1], Finished | Failed):
        events += [event for other, event in engine.tick() if other == key]
    return events


@pytest.mark.parametrize("compile", ["regional", "full"])
@pytest.mark.parametrize("family", ["sdxl", "flux"])
def test_compiled_draws_the_same(opened: Callable[..., Engine], family: str, compile: str) -> None:
    wanted = alone(opened(family, dtype="float32"), ask(family))
    engine = opened(family, dtype="float32", compile=compile, rows=4)
    for number in range(2):
        engine.admit(number, ask(family, seed=7 + number))
    events = finish(engine)
    assert any("compiling" in event.note for event in events[0] if isinstance(event, Progress))
    assert np.abs(picture(events[0]) - wanted).mean() < 2


def test_channels_last_is_the_layout_of_a_unet(opened: Callable[..., Engine]) -> None:
    engine = opened("sdxl")
    engine.admit("one", ask())
    picture(finish_with(engine, "one"))
    model = next(iter(engine._models._residents.values())).loading.result()
    unet: Any = model.templates["text"].components["unet"]  # pyright: ignore[reportArgumentType]
    assert unet.conv_in.weight.is_contiguous(memory_format=torch.channels_last)


def test_a_picture_alone_leaves_no_memory_behind(opened: Callable[..., Engine]) -> None:
    engine = opened("sdxl")
    alone(engine, ask())
    engine.memory.empty()
    before = torch.cuda.memory_allocated()
    for seed in range(5):
        alone(engine, ask(seed=seed, prompt="a red circle"))
    engine.memory.empty()
    assert torch.cuda.memory_allocated() <= before + 2**20


def test_the_card_says_its_memory() -> None:
    memory = CardMemory(torch.device("cuda"))
    assert 0 < memory.total <= torch.cuda.get_device_properties(0).total_memory
    memory.reset_peak()
    held = torch.empty(2**20, device="cuda")
    assert memory.peak >= held.nbytes


async def test_all_cards_take_part(folder: Path) -> None:
    async with Cards({"sd": spec("sd", folder)}, EngineSettings(device="all")) as cards:
        assert cards.number == torch.cuda.device_count()
        assert cards.hardware.memory > 0
        events = [event async for event in cards.generate(ask("sd"))]
    assert isinstance(events[-1], Finished)
