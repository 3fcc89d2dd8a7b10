"""What one person does on the first evening, from /imagine to an old key after a restart."""

from tests.stage import Stage, files


async def test_the_first_evening(stage: Stage):
    stage.scripted.hold()

    asked = await stage.imagine("Ada", "a red circle", count=2, seed=7)
    live = stage.answer(asked)
    run = await stage.scripted.next()
    assert (run.request.prompt, run.request.count, run.request.seed) == ("a red circle", 2, 7)

    run.step(5, preview=b"\xff\xd8 a preview")
    await stage.until(lambda: "step 5 of" in live.content and live.attachments)
    run.finish()
    result = await stage.result()
    assert files(result) == ["darkroom-1-1.png", "darkroom-1-2.png"]
    assert "a red circle" in result.content
    assert result.interaction is None, "a regular message, so that a reply to it carries its words"

    await stage.press("Ada", result, "V2")
    run = await stage.scripted.next()
    assert 0 < run.request.variation < 0.3
    assert run.request.seed == 8
    run.finish()
    varied = await stage.result(2)
    assert str(result.id) in varied.content, "it links to what it grew from"

    stage.reply("Ada", varied, "now in blue --strength 0.5")
    run = await stage.scripted.next()
    assert (run.request.prompt, run.request.strength) == ("now in blue", 0.5)
    assert run.source == stage.picture(varied)
    run.finish()
    replied = await stage.result(3)
    assert replied.reply_to, "it answers the person's own message"

    await stage.restart()
    await stage.press("Ada", result, "🔄")
    run = await stage.scripted.next()
    assert run.request.prompt == "a red circle"
    assert run.request.seed != 7
    run.finish()
    await stage.result(4)

    history = stage.answer(await stage.use("Ada", "history"))
    assert history.viewer == stage.person("Ada").id
    assert "a red circle" in history.content
