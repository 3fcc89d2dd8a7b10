"""Requests go in, events come out; each one fails alone."""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import wait
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import diffusion.engine
from diffusion import metadata
from diffusion.engine import Engine
from diffusion.models.pipelines import Model
from diffusion.models.reading import READING
from diffusion.registry import ModelSpec
from diffusion.request import Event, Failed, Finished, Progress, Reference, Request
from diffusion.settings import EngineSettings
from tests.developing import finish
from tests.tiny_models import spec

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers"),
]


class Clock:
    """A second for every reading."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("models")
    specs = {family: spec(family, folder) for family in ("mini", "sd")}
    specs["gone"] = replace(specs["sd"], name="gone", source=str(folder / "gone"))
    return Engine(specs, EngineSettings(device="cpu", preview_every=10.0), clock=Clock())


def ask(**values: Any) -> Request:
    usual = {"prompt": "a red circle", "model": "mini", "width": 128, "height": 128, "steps": 4, "guidance": 3.0}
    return Request(**{**usual, "sampler": "DDIM", "seed": 7, **values})


def make(engine: Engine, request: Request, source: bytes = b"") -> list[Event]:
    engine.admit("one", request, {request.source: source})
    return finish(engine)["one"]


def finished(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished), events[-1]
    return events[-1]


def pixels(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def png(image: Image.Image) -> bytes:
    data = BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def test_every_picture_carries_what_makes_it_again(engine: Engine) -> None:
    request = ask(count=3)
    pictures = finished(make(engine, request)).pictures
    assert [picture.seed for picture in pictures] == [7, 8, 9]
    again = metadata.read(pictures[2].image)
    assert again is not None
    assert again == request.alone(2)
    assert np.abs(pixels(finished(make(engine, again)).pictures[0].image) - pixels(pictures[2].image)).max() <= 1


def test_progress_counts_the_real_steps(engine: Engine) -> None:
    steps = [event for event in make(engine, ask(count=2, steps=5)) if isinstance(event, Progress) and event.total]
    assert [event.done for event in steps if event.done] == [2, 4, 6, 8, 10]
    assert {event.total for event in steps} == {10}


def test_image_to_image_walks_and_counts_only_its_part(engine: Engine) -> None:
    source = png(Image.new("RGBA", (300, 200), "blue"))
    request = ask(steps=10, source="f" * 64, strength=0.4)
    steps = [event for event in make(engine, request, source) if isinstance(event, Progress) and event.total]
    assert (steps[-1].done, steps[-1].total) == (4, 4)


def test_a_step_of_heun_is_one_step(engine: Engine) -> None:
    steps = [event for event in make(engine, ask(sampler="Heun", steps=3)) if isinstance(event, Progress)]
    assert (steps[-1].done, steps[-1].total) == (3, 3)


def test_previews_come_no_more_often_than_asked(engine: Engine) -> None:
    events = make(engine, ask(steps=12, count=2))
    previews = [event.preview for event in events if isinstance(event, Progress) and event.preview]
    assert 2 <= len(previews) <= 4
    assert pixels(previews[-1]).shape == (256, 512, 3)


def test_cancelled_in_the_middle_it_says_nothing_more_and_harms_nobody(engine: Engine) -> None:
    request = ask(steps=6, seed=3)
    alone = finished(make(engine, request)).pictures[0].image
    engine.admit("kept", request)
    engine.admit("dropped", ask(steps=6, seed=4, count=2))
    while not any(key == "dropped" and event.done for key, event in engine.tick() if isinstance(event, Progress)):
        pass
    engine.cancel("dropped")
    events = finish(engine)
    assert set(events) == {"kept"}
    assert np.abs(pixels(finished(events["kept"]).pictures[0].image) - pixels(alone)).max() <= 1


def test_a_stranger_that_fails_fails_alone(engine: Engine) -> None:
    engine.admit("good", ask(seed=3))
    engine.admit("gone", ask(model="gone", width=32, height=32))
    engine.admit("bad", ask(source="a" * 64, strength=0.5), {"a" * 64: b"this is no picture"})
    engine.admit("lost", ask(source="a" * 64, strength=0.5))
    events = finish(engine)
    finished(events["good"])
    for key, words in {"gone": "folder", "bad": "cannot be opened as a picture", "lost": "send it again"}.items():
        event = events[key][-1]
        assert isinstance(event, Failed)
        assert event.told
        assert words in event.reason


def test_a_model_that_does_not_fit_is_told_with_what_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("diffusion.engine.load", full)
    event = make(Engine({"mini": spec("mini", Path())}, EngineSettings(device="cpu")), ask())[-1]
    assert isinstance(event, Failed)
    assert event.told
    assert "does not fit" in event.reason
    assert "`--model`" in event.reason


def test_an_error_of_ours_is_summed_up_and_logged(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> bytes:
        raise RuntimeError("broken")

    monkeypatch.setattr(metadata, "write", broken)
    event = make(engine, ask(steps=1))[-1]
    assert event == Failed(reason="RuntimeError: broken")
    assert "A request failed" in caplog.text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"width": 100}, "multiples of 8"),
        ({"width": 1024, "height": 1024}, "too large"),
        ({"sampler": "Eular"}, "Did you mean"),
        ({"model": "dalle"}, "There is no model"),
        ({"steps": 0}, "at least 1"),
        ({"strength": 0.0}, "strength"),
    ],
)
def test_what_cannot_be_made_is_told(engine: Engine, wrong: dict[str, Any], words: str) -> None:
    event = make(engine, ask(**wrong))[-1]
    assert isinstance(event, Failed)
    assert event.told
    assert words in event.reason


def test_models_of_other_kinds_and_sizes_take_turns(engine: Engine) -> None:
    engine.admit("mini", ask(steps=6))
    engine.admit("small", ask(steps=6, width=64, height=64))
    engine.admit("sd", ask(steps=6, model="sd", width=32, height=32))
    events = finish(engine)
    for key, side in {"mini": 128, "small": 64, "sd": 32}.items():
        assert pixels(finished(events[key]).pictures[0].image).shape == (side, side, 3)


def test_a_variation_says_its_variation_seed(engine: Engine) -> None:
    pictures = finished(make(engine, ask(count=2, variation=0.3, variation_seed=40))).pictures
    assert [picture.seed for picture in pictures] == [40, 41]


def test_sources_are_upright_and_without_transparency() -> None:
    from diffusion.pictures.sources import open_source

    image = Image.new("RGBA", (40, 20), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side: to be turned clockwise
    data = BytesIO()
    image.save(data, "PNG", exif=exif)
    opened = open_source(data.getvalue(), 20, 40)
    assert opened.size == (20, 40)
    assert opened.getpixel((10, 5)) == (0, 0, 255)
    assert opened.getpixel((10, 35)) == (255, 255, 255)


def test_a_request_of_many_pictures_survives_its_json() -> None:
    request = ask(
        source="a" * 64, mask="b" * 64, frame=(0, 8, 64, 64), tile=True, stop=0.5,
        references=(Reference("canny", "c" * 64, 0.7), Reference("blend", "a" * 64)),
    )  # fmt: skip
    assert Request.from_json(json.loads(json.dumps(request.to_json()))) == request
    assert request.needs == ("a" * 64, "b" * 64, "c" * 64)


def test_a_deterministic_engine_joins_nobody(engine: Engine) -> None:
    apart = Engine({"mini": spec("mini", Path())}, EngineSettings(device="cpu", deterministic=True))
    forwards = apart.hub.forwards
    for seed in range(2):
        apart.admit(seed, ask(steps=3, seed=seed))
    finish(apart)
    assert apart.hub.forwards - forwards >= 2 * 3


def test_a_tile_goes_on_at_its_opposite_edge_and_the_next_picture_does_not(engine: Engine) -> None:
    def seam(request: Request) -> float:
        """The difference across the outer edges in differences of neighbours inside."""
        picture = pixels(finished(make(engine, request)).pictures[0].image)
        across = np.abs(picture[:, 0] - picture[:, -1]).mean() + np.abs(picture[0] - picture[-1]).mean()
        inside = np.abs(np.diff(picture, axis=1)).mean() + np.abs(np.diff(picture, axis=0)).mean()
        return across / inside

    plain = ask(steps=20, prompt="clouds in the sky at sunset")
    before = seam(plain)
    assert seam(replace(plain, tile=True)) < 2 < 4 < before
    assert seam(plain) == before


def test_the_first_preview_comes_with_the_first_step(engine: Engine) -> None:
    steps = [event for event in make(engine, ask(steps=3)) if isinstance(event, Progress) and event.done]
    assert steps[0].done == 1
    assert steps[0].preview


def test_a_newcomer_sees_something_within_three_ticks_however_long_the_others_are(engine: Engine) -> None:
    for key, values in {"mini": {}, "wide": {"width": 192}, "sd": {"model": "sd", "width": 32, "height": 32}}.items():
        engine.admit(key, ask(steps=500, **values))
    begun: set[Any] = set()
    while len(begun) < 3:
        events = engine.tick()
        assert not [event for _, event in events if isinstance(event, Failed)]
        begun |= {key for key, event in events if isinstance(event, Progress) and event.done}
    engine.admit("new", ask(width=64, height=64, seed=1, prompt="a blue square on a green background"))
    wait(engine._pending())
    seen = [event for _ in range(3) for key, event in engine.tick() if key == "new"]
    assert any(isinstance(event, Progress) and event.preview for event in seen)
    for key in ("mini", "wide", "sd", "new"):
        engine.cancel(key)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Every model but "mini" is on its way for as long as this is not set."""
    arrived = threading.Event()
    load = diffusion.engine.load

    def slow(spec: ModelSpec, *args: Any, **kwargs: Any) -> Model:
        if spec.name != "mini":
            arrived.wait(30)
        return load(spec, *args, **kwargs)

    monkeypatch.setattr(diffusion.engine, "load", slow)
    yield arrived
    arrived.set()


def mini_twins(names: Iterable[str]) -> Engine:
    specs = {name: replace(spec("mini", Path()), name=name) for name in ("mini", *names)}
    return Engine(specs, EngineSettings(device="cpu"))


def test_models_on_their_way_hold_up_nobody_else(held: threading.Event) -> None:
    engine = mini_twins("abcd")
    finished(make(engine, ask(steps=1)))
    for name in "abcd":
        engine.admit(name, ask(model=name, steps=1))
    engine.admit("warm", ask(steps=1, seed=2))
    events: list[Any] = []
    ends = time.monotonic() + 20
    while not any(key == "warm" and isinstance(event, Finished) for key, event in events):
        assert time.monotonic() < ends
        events += engine.tick()
    held.set()
    assert {type(event[-1]) for event in finish(engine).values()} == {Finished}


def test_while_there_is_nothing_to_do_ticks_wait(held: threading.Event) -> None:
    engine = mini_twins("a")
    engine.admit("a", ask(model="a", steps=1))
    ticks, ends = 0, time.monotonic() + 0.5
    while time.monotonic() < ends:
        engine.tick()
        ticks += 1
    assert ticks < 30
    held.set()
    finish(engine)


def test_a_picture_of_half_precision_does_not_begin_while_weights_are_read() -> None:
    engine = Engine({"mini": spec("mini", Path())}, EngineSettings(device="cpu", dtype="bfloat16"))
    finished(make(engine, ask(steps=1)))
    engine.admit("one", ask(steps=1))
    with READING:
        events = [event for _ in range(5) for _, event in engine.tick()]
    assert events == [Progress(done=0, total=0, note="waiting while a model is read")]
    finished(finish(engine)["one"])
    assert not READING.locked()
