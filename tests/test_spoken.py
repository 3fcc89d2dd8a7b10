"""The prompt language as people meet it in the conversation: what is wrong is told at once, and nothing is queued."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import Engine
from bot.playground import Playground
from tests.studio import Studio, open_studio


@pytest.fixture
async def spoken(playground: Playground, tmp_path: Path) -> AsyncIterator[Studio]:
    for name in ("loras/ink.safetensors", "loras/old.ckpt", "wildcards/animal.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("circle\nstar\n")
    engine = Engine(loras=tmp_path / "loras", wildcards=tmp_path / "wildcards")  # pyright: ignore[reportCallIssue]
    async with open_studio(playground, tmp_path, engine=engine) as studio:
        yield studio


@pytest.mark.parametrize(
    ("prompt", "mend"),
    [
        ("a cat <lora:inc:0.8>", "Did you mean “ink”?"),
        ("a cat <lora:old:0.8>", "pickled"),
        ("a cat <lora:ink:9>", "from -2 to 2"),
        ("a {red|blue circle", "never closed"),
        ("a __anmal__", "Did you mean `__animal__`?"),
        ("a cat --no <lora:ink:1>", "belongs to the prompt"),
    ],
)
async def test_what_is_wrong_is_told_before_anything_is_queued(spoken: Studio, prompt: str, mend: str) -> None:
    asked = await spoken.imagine(prompt)
    assert mend in spoken.answer(asked).content
    assert spoken.answer(asked).viewer == spoken.ada.id
    assert spoken.backend.runs == []


async def test_the_words_reach_the_engine_as_they_were_typed(spoken: Studio) -> None:
    prompt = r"a {red|blue} __animal__, (big:1.3) \(x\) <lora:ink:-0.5>"
    await spoken.imagine(f"{prompt} --no [dark]")
    run = await spoken.backend.next()
    assert (run.request.prompt, run.request.negative) == (prompt, "[dark]")


async def test_what_became_wrong_since_is_told_to_who_asks_for_it_again(spoken: Studio, tmp_path: Path) -> None:
    await spoken.imagine("a red circle <lora:ink:1>", count=1)
    (await spoken.backend.next()).finish()
    result = await spoken.result()
    (tmp_path / "loras" / "ink.safetensors").unlink()
    asked = await spoken.press(result, "Re-roll")
    assert "no LoRA “ink”" in spoken.answer(asked).content
    assert len(spoken.backend.runs) == 1
