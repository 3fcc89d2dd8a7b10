"""Each family of models: what it can do, what of it strangers share, and that nobody's picture is another for it.

What is proved here is the README's table “Model families”: a run with `--write-families` writes it, any other one
compares it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.utils import logging as diffusers_logging

from diffusion.hub.sharing import Hub
from diffusion.models.families import Task
from diffusion.models.pipelines import Model, load
from diffusion.request import Request, Told
from diffusion.samplers import SAMPLERS
from tests.families.making import ask, begin, by_hand, counted, develop, shared
from tests.families.table import Row, read, write
from tests.tiny_models import FAMILIES, spec

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:diffusers", "ignore::FutureWarning:diffusers")

NEAR = 1e-4
"""Between 0 and 1: how far a picture may be from the same one made alone, in float32."""
SOURCE: dict[str, Any] = {"source": "f" * 64, "steps": 4, "strength": 0.7}
MASK: dict[str, Any] = {**SOURCE, "mask": "e" * 64}


@pytest.fixture(autouse=True, scope="module")
def quietly(one_thread: None) -> Iterator[None]:
    """What diffusers would say is known here."""
    loud = diffusers_logging.get_verbosity()
    diffusers_logging.set_verbosity_error()
    yield
    diffusers_logging.set_verbosity(loud)


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest, folder: Path) -> Model:
    return load(spec(request.param, folder), torch.device("cpu"), torch.float32, lambda note: None)


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    """What was proved of each family."""
    return {}


@pytest.fixture
def row(model: Model, rows: dict[str, Row]) -> Row:
    return rows.setdefault(model.spec.name, Row(FAMILIES[model.spec.name].title))


@pytest.fixture
def proved(row: Row, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Called at a test's end: the family's row has it from then on."""
    return lambda: row.proved.add(request.function.__name__)


def strangers(model: Model) -> dict[Request, int]:
    """Requests that have nothing in common but the model and the size, and when each one joins."""
    samplers = FAMILIES[model.spec.name].samplers or ("DPM++ 2M", "Euler a", "DDIM")
    other = samplers[min(1, len(samplers) - 1)]
    negative = "a blue star" if FAMILIES[model.spec.name].reads_negatives else ""
    arrivals = {
        ask(model): 0,
        ask(model, steps=5, guidance=7.0, seed=3, sampler=other, negative=negative, prompt="a star"): 0,
        ask(model, steps=2, guidance=1.0, seed=4, count=2, prompt="the green square on a red background"): 3,
    }
    if Task.IMAGE in model.templates:
        arrivals |= {ask(model, seed=5, sampler=samplers[-1], **SOURCE): 4, ask(model, seed=8, **SOURCE): 4}
    if Task.INPAINT in model.templates:
        arrivals |= {ask(model, seed=6, guidance=2.0, **MASK): 5, ask(model, seed=9, **MASK): 5}
    return arrivals


@dataclass(frozen=True)
class Alone:
    """What the strangers make with nobody else there."""

    pictures: dict[Request, list[np.ndarray]]
    forwards: Counter[str]
    """Of each part, in all of them together."""


@pytest.fixture(scope="module")
def alone(model: Model) -> Alone:
    with counted(model) as forwards:
        return Alone({request: develop(model, {request: 0})[request] for request in strangers(model)}, forwards)


def test_it_does_what_diffusers_has_a_class_for(model: Model, row: Row, proved: Callable[[], None]) -> None:
    family = FAMILIES[model.spec.name]
    assert {task for task, name in family.classes.items() if name or task is Task.TEXT} == set(model.templates)
    row.loaded_by = f'`pipeline = "{family.pipeline}"`' if family.pipeline else "AutoPipeline"
    proved()


def test_alone_it_is_plain_diffusers(model: Model, row: Row, alone: Alone, proved: Callable[[], None]) -> None:
    for request, pictures in alone.pictures.items():
        for index, picture in enumerate(pictures):
            np.testing.assert_allclose(picture, by_hand(model, request.alone(index)), atol=NEAR)
    row.tasks = {Task.of(request) for request in alone.pictures}
    proved()


def test_among_strangers_that_join_late_and_leave_early_it_is_as_alone(
    model: Model, row: Row, alone: Alone, proved: Callable[[], None]
) -> None:
    with counted(model) as forwards:
        made = develop(model, strangers(model))
    for request, pictures in made.items():
        for index, picture in enumerate(pictures):
            np.testing.assert_allclose(picture, alone.pictures[request][index], atol=NEAR)
    row.shared = {name for name in alone.forwards if forwards[name] < alone.forwards[name]}
    assert row.shared >= {"unet", "transformer"} & set(alone.forwards)
    proved()


def test_one_who_leaves_in_the_middle_harms_nobody(model: Model, alone: Alone, proved: Callable[[], None]) -> None:
    leaving, *staying = alone.pictures
    hub = Hub(rows=64)
    with torch.inference_mode(), shared(model, hub):
        developments = {request: begin(request, model, hub) for request in (*staying, leaving)}
        while developments[leaving].pictures[0].walk.done < 1:
            hub.tick()
        for strand in developments.pop(leaving).strands:
            hub.cancel(strand)
        while hub.busy:
            hub.tick()
    for request, development in developments.items():
        for index, strand in enumerate(development.strands):
            np.testing.assert_allclose(strand.result, alone.pictures[request][index], atol=NEAR)
    proved()


def test_it_shows_what_is_coming(model: Model, proved: Callable[[], None]) -> None:
    request = ask(model, steps=2, width=2 * FAMILIES[model.spec.name].side)
    hub = Hub(rows=64)
    with torch.inference_mode(), shared(model, hub):
        picture = begin(request, model, hub).pictures[0]
        assert picture.levels() is None
        while hub.busy:
            hub.tick()
        preview = picture.levels()
    assert preview is not None
    assert preview.shape[1] == 2 * preview.shape[0]
    proved()


def test_words_and_guidance_count_where_the_family_has_guidance(model: Model, proved: Callable[[], None]) -> None:
    plain = ask(model, steps=2)
    assert distance(model, plain, replace(plain, prompt="a green star")) > 5 * NEAR
    far = distance(model, plain, replace(plain, guidance=8.0))
    assert far > 5 * NEAR if FAMILIES[model.spec.name].guided else far < 1e-6
    proved()


def test_what_must_not_be_there_counts_or_is_told(model: Model, proved: Callable[[], None]) -> None:
    family, plain = FAMILIES[model.spec.name], ask(model, steps=2)
    negative = replace(plain, negative="a blue star")
    if not family.reads_negatives:
        with pytest.raises(Told, match="reads no negative prompt; say what you want in the prompt"):
            develop(model, {negative: 0})
    else:
        far = distance(model, plain, negative)
        assert far > 5 * NEAR if family.guided else far < 1e-6
    proved()


def test_each_sampler_walks_or_is_refused(model: Model, row: Row, proved: Callable[[], None]) -> None:
    expected = FAMILIES[model.spec.name].samplers
    for name in SAMPLERS:
        request = ask(model, steps=2, sampler=name, guidance=1.0)
        if expected and name not in expected:
            with pytest.raises(Told, match=f"does not work with the sampler {re.escape(name)}; choose"):
                develop(model, {request: 0})
            continue
        np.testing.assert_allclose(develop(model, {request: 0})[request][0], by_hand(model, request), atol=NEAR)
        row.samplers.append(name)
    row.all_samplers = not expected
    proved()


def distance(model: Model, one: Request, other: Request) -> float:
    made = develop(model, {one: 0, other: 0})
    return float(np.abs(made[one][0] - made[other][0]).max())


PROOFS = {
    name for name, test in globals().items() if name.startswith("test_") and "model" in signature(test).parameters
}
"""The tests that a family has passed which stands in the table."""


def test_the_table_in_the_readme_says_what_was_proved(rows: dict[str, Row], request: pytest.FixtureRequest) -> None:
    whole = {name: row for name, row in rows.items() if row.proved == PROOFS}
    assert asked(request.session) <= set(whole), "these ran all the tests, and did not pass them"
    if request.config.getoption("--write-families"):
        assert list(whole) == list(FAMILIES), "only a run that proves all families writes their table"
        write(whole.values())
    said = read()
    assert [str(row) for row in whole.values() if str(row) not in said] == []
    assert len(said) == len(FAMILIES)


def asked(session: pytest.Session) -> set[str]:
    """The families of which this run has every test."""
    names = {test.name for test in session.items}
    return {family for family in FAMILIES if names.issuperset(f"{proof}[{family}]" for proof in PROOFS)}
