"""What people type: the commands, told as stories against the playground."""

import pytest

from bot.playground.attachments import Upload
from tests.backend import picture
from tests.studio import CIRCLE, Studio, open_studio


async def test_imagine_answers_with_a_place_in_line_and_then_with_pictures(studio: Studio) -> None:
    studio.backend.hold()
    asked = await studio.imagine(seed=7, count=4)
    live = await studio.live(asked)
    assert "Starting" in live.content or "Next in line" in live.content
    assert list(studio.keys(live)) == ["Cancel"]
    run = await studio.backend.next()
    assert (run.request.prompt, run.request.seed, run.request.count, run.request.steps) == (CIRCLE, 7, 4, 20)
    run.step(10)
    await studio.until(lambda: "50%" in live.content and "step 10 of 20" in live.content)
    run.finish()
    result = await studio.result()
    assert f"**{CIRCLE}** — <@{studio.ada.id}>" in result.content
    assert "mini · 128×128 · 20 steps · guidance 4 · Euler · seeds 7 to 10" in result.content
    assert result.mentions == [studio.ada.id]
    assert [file.description for file in result.attachments] == [f"{CIRCLE} ({n} of 4)" for n in (1, 2, 3, 4)]
    assert [*studio.keys(result)] == [
        "V1", "V2", "V3", "V4", "🔄", "V1 strong", "V2 strong", "V3 strong", "V4 strong", "Remix", "Delete",
    ]  # fmt: skip
    await studio.until(lambda: live.id not in studio.world.messages)
