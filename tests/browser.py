"""A real browser that drives the playground's chat page as a person would. Knows the page by its `data-testid`s only.

`browser_page` is a fresh tab; `Chat(page, url)` is the person in front of it. Errors of the page's own code fail the
test that caused them.
"""

import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from playwright.async_api import Browser, ConsoleMessage, FilePayload, Locator, Page, async_playwright, expect

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE_MS = 20_000
START_S = 60

File = str | Path | FilePayload


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a Chromium without a window takes orders: one process for all tests, each with its own profile in it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: `apt-get install chromium` brings it")
    profile = tmp_path_factory.mktemp("chromium")
    options = ("--headless=new", "--no-sandbox", "--no-first-run", "--disable-gpu", "--remote-debugging-port=0")
    process = subprocess.Popen(
        [CHROMIUM, *options, f"--user-data-dir={profile}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    yield f"http://127.0.0.1:{_port(process, profile / 'DevToolsActivePort')}"
    process.terminate()
    process.wait()


def _port(process: subprocess.Popen[bytes], told: Path) -> str:
    """The port that Chromium chose, which it writes into a file in its profile once it listens."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        if told.exists() and (lines := told.read_text().splitlines()):
            return lines[0]
        time.sleep(0.02)
    process.kill()
    raise RuntimeError(f"Chromium did not start: exit code {process.wait()}")


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(chromium)
        yield browser
        await browser.close()


@pytest.fixture
async def browser_page(browser: Browser) -> AsyncIterator[Page]:
    """A tab of 1280 × 800; what its scripts throw fails the test."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    thrown: list[str] = []

    def note(told: ConsoleMessage) -> None:
        if "Security Policy" in told.text:
            thrown.append(told.text)

    context.on("weberror", lambda error: thrown.append(str(error.error)))
    context.on("console", note)
    yield await context.new_page()
    await context.close()
    assert not thrown, "the page's own code failed"


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as a person sees it."""

    id: str
    author: str
    text: str
    pictures: int
    buttons: tuple[str, ...]
    private: bool


class Chat:
    """One person in front of the page; `url` is the playground's address."""

    def __init__(self, page: Page, url: str):
        self.page = page
        self.url = url

    def at(self, testid: str, within: Page | Locator | None = None) -> Locator:
        return (within or self.page).get_by_test_id(testid)

    # Being somebody, somewhere

    async def open(self, person: str = "Ada", channel: str = "studio") -> Self:
        """Opens the page as a person; returns when the channel's messages are there."""
        await self.page.goto(f"{self.url}/?as={person.lower()}")
        await self.go(channel)
        return self

    async def beside(self, person: str, channel: str = "studio") -> "Chat":
        """Another person in another tab of the same browser."""
        return await Chat(await self.page.context.new_page(), self.url).open(person, channel)

    async def switch(self, person: str) -> None:
        """Plays somebody else in this tab."""
        player = self.page.locator(f'[data-testid=player][data-name="{person}"]')
        await player.click()
        await expect(player).to_have_attribute("aria-checked", "true")
        await self._loaded()

    async def go(self, channel: str) -> None:
        await self.page.locator(f'[data-testid=channel][data-name="{channel}"]').click()
        await expect(self.at("channel-title")).to_have_text(channel)
        await self._loaded()

    async def _loaded(self) -> None:
        await expect(self.page.locator("#timeline > .skeleton")).to_have_count(0)
        await expect(self.page.locator("#timeline > li").first).to_be_visible()

    # Writing

    async def say(self, text: str, files: Sequence[File] = ()) -> None:
        if files:
            await self.at("file-input").set_input_files(files)  # type: ignore[arg-type]
        await self.at("message-input").fill(text)
        await self.at("message-input").press("Enter")

    async def reply(self, message: Locator, text: str, *, ping: bool = True, files: Sequence[File] = ()) -> None:
        await message.hover()
        await self.at("message-reply", message).click()
        switch = self.at("ping")
        if (await switch.get_attribute("aria-checked") == "true") is not ping:
            await switch.click()
        await self.say(text, files)

    async def slash(self, command: str, **options: Any) -> None:
        """Fills in a slash command and sends it; a path or a file's payload is a file."""
        await self.begin(command)
        for name, value in options.items():
            await self.fill(name, value)
        await self.at("send").click()
        await self.page.wait_for_function(
            """() => !document.querySelector(".command-form") ||
                document.querySelector(".field-error:not([hidden]), .composer-error:not([hidden])")"""
        )
        assert not await self.complaints(), "the command was not sent"

    async def complaints(self) -> list[str]:
        """What the page says is wrong with what was typed."""
        return await self.page.locator(".field-error:visible, .composer-error:visible").all_inner_texts()

    async def begin(self, command: str) -> None:
        """Opens the form of a slash command."""
        await self.at("message-input").fill(f"/{command} ")
        await expect(self.at("command-name")).to_have_text(f"/{command}")

    async def fill(self, option: str, value: Any) -> None:
        """Fills in one option of the open form, which is added if it is optional."""
        field = self.at(f"option-{option}")
        if not await field.count():
            await self.at("more-options").fill(f"{option}: ")
        if isinstance(value, Path | dict):
            await field.set_input_files(value)  # type: ignore[arg-type]
        else:
            await field.fill(str(value))

    # Clicking

    async def click(self, label: str, message: Locator | None = None) -> None:
        """Presses a message's button; the newest one of that label unless a message is told."""
        await (message or self.page).get_by_role("button", name=label, exact=True).last.click()

    async def choose(self, message: Locator, *labels: str, menu: int = 0) -> None:
        """Chooses in a message's select menu."""
        await self.at("select", message).nth(menu).click()
        await self._choose(labels)

    async def _choose(self, labels: Sequence[str]) -> None:
        for label in labels:
            await self.at("select-option").filter(has=self.page.get_by_text(label, exact=True)).click()
        done = self.page.locator(".select-done:visible")
        if await done.count():
            await done.click()

    async def context(self, message: Locator, item: str) -> None:
        """Opens a message's menu with the right button and takes an item: a command of the bot, Reply, Delete …"""
        await message.click(button="right", position={"x": 120, "y": 8})
        await self.page.locator(f'[data-testid=menu-item][data-name="{item}"]').click()

    # Modals

    async def fill_modal(self, fields: Mapping[str, Any], *, submit: bool = True) -> None:
        """Fills in the open modal by the labels of its fields (lists for menus, paths for files) and sends it."""
        modal = self.at("modal")
        for label, value in fields.items():
            row = modal.locator(f'[data-label="{label}"]')
            if isinstance(value, Path | dict):
                await self.at("modal-file", row).set_input_files(value)  # type: ignore[arg-type]
            elif await self.at("modal-select", row).count():
                await self.at("modal-select", row).click()
                await self._choose([value] if isinstance(value, str) else value)
            elif await row.locator(".choice").count():
                for each in [value] if isinstance(value, str) else value:
                    await row.get_by_label(each, exact=True).check()
            else:
                await self.at("modal-input", row).fill(str(value))
        if submit:
            await self.at("modal-submit", modal).click()

    # Seeing

    @property
    def all(self) -> Locator:
        return self.at("message")

    async def messages(self) -> list[Shown]:
        """Every message on the page, oldest first."""
        return [await self.read(message) for message in await self.all.all()]

    async def read(self, message: Locator) -> Shown:
        told = await message.evaluate(
            """message => ({
                id: message.dataset.messageId,
                author: message.querySelector('.author')?.textContent ?? '',
                text: [...message.querySelectorAll('.content, .text-display, .embed-text')]
                    .map(e => e.innerText.replace(/\\s*\\(edited\\)$/, '')).join('\\n'),
                pictures: message.querySelectorAll('.picture img').length,
                buttons: [...message.querySelectorAll('[data-testid=button]')].map(e => e.innerText.trim()),
                private: message.classList.contains('ephemeral'),
            })"""
        )
        return Shown(**told | {"buttons": tuple(told["buttons"])})

    async def wait_for_message(
        self, text: str | re.Pattern[str] = "", *, pictures: int = 0, button: str = "", timeout_ms: float = PATIENCE_MS
    ) -> Locator:
        """The newest message with a text, with at least so many pictures that have loaded, and with a button."""
        wanted = self.all.filter(has_text=text) if text else self.all
        if button:
            wanted = wanted.filter(has=self.page.get_by_role("button", name=button, exact=True))
        for count in range(pictures):
            wanted = wanted.filter(has=self.page.locator(f".picture >> nth={count}"))
        await expect(wanted.last).to_be_visible(timeout=timeout_ms)
        id = await wanted.last.get_attribute("data-message-id")
        message = self.page.locator(f'[data-message-id="{id}"]')
        if pictures:
            await self.loaded_pictures(message, timeout_ms)
        return message

    async def loaded_pictures(self, message: Locator, timeout_ms: float = PATIENCE_MS) -> list[str]:
        """The addresses of a message's pictures once all of them are really shown."""
        drawn = "images => images.length > 0 && images.every(image => image.complete && image.naturalWidth > 0)"
        images = message.locator(".picture img")
        await self.page.wait_for_function(
            f"id => ({drawn})([...document.querySelectorAll(`[data-message-id='${{id}}'] .picture img`)])",
            arg=await message.get_attribute("data-message-id"),
            timeout=timeout_ms,
        )
        return [await image.get_attribute("src") or "" for image in await images.all()]

    async def screenshot(self, path: Path) -> Path:
        await self.page.screenshot(path=path)
        return path


@pytest.fixture
def chat_with(browser_page: Page):
    """Makes the person in front of the page: `await chat_with(playground.url).open("Ben")`."""
    return lambda url: Chat(browser_page, url)
