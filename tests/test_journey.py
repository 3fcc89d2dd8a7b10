"""The main journey in a real browser, with the real program and the real engine: what a new person does first.

`pytest tests/test_journey.py --screenshot FILE` keeps the README's screenshot.
"""

import signal
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.browser import Chat
from tests.program import Program

DEVELOPED_MS = 90_000
"""A shared machine may be slow."""


async def result(chat: Chat, text: str, *, pictures: int, button: str = "Remix") -> Locator:
    """The newest result whose text says so, its pictures shown."""
    return await chat.wait_for_message(text, pictures=pictures, button=button, timeout_ms=DEVELOPED_MS)


async def test_the_first_evening_in_the_browser(browser_page, tmp_path: Path, pytestconfig: pytest.Config):
    with Program(tmp_path) as program:
        chat = await Chat(browser_page, program.address).open("Ada")
        await chat.slash("imagine", prompt="a red boat on the sea at sunset --n 4 --seed 3", steps=60)
        live = await chat.wait_for_message(button="Cancel")
        await expect(live).to_contain_text("step", timeout=DEVELOPED_MS)
        await expect(live.locator(".picture img")).to_have_count(1, timeout=DEVELOPED_MS)

        grid = await result(chat, "a red boat on the sea at sunset", pictures=4)
        await expect(live).to_have_count(0)
        await keep(chat, pytestconfig.getoption("screenshot"))

        await chat.click("V2", grid)
        varied = await result(chat, "variation", pictures=4)
        await chat.reply(varied, "now a yellow star --n 1 --strength 0.8")
        replied = await result(chat, "now a yellow star", pictures=1)
        await chat.click("Re-roll", replied)
        await expect(
            chat.all.filter(has_text="now a yellow star").filter(has=browser_page.locator(".picture"))
        ).to_have_count(2, timeout=DEVELOPED_MS)

        await chat.slash("history")
        history = await chat.wait_for_message("now a yellow star", button="Older")
        assert (await chat.read(history)).private

    with Program(tmp_path, port=program.port) as again:
        chat = await Chat(browser_page, again.address).open("Ada")
        old = browser_page.locator(f'[data-message-id="{await grid.get_attribute("data-message-id")}"]')
        before = await chat.all.count()
        await chat.click("🔄", old)
        await expect(chat.all).to_have_count(before + 1, timeout=DEVELOPED_MS)
        assert again.stop(signal.SIGINT) == 0


async def keep(chat: Chat, path: Path | None) -> None:
    if path:
        await chat.page.set_viewport_size({"width": 1280, "height": 920})
        await chat.page.wait_for_timeout(500)  # the page scrolls to its end again
        await chat.screenshot(path)
