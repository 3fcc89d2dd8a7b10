"""Slash commands as they are typed into the chat page, in a real browser."""

import pytest
from playwright.async_api import expect

from tests.browser import Chat
from tests.page_bot import PageBot, png
from tests.playground_client import connected


@pytest.fixture
async def chat(playground, browser_page):
    """Ada in #studio, with the bot online."""
    async with connected(playground, PageBot()):
        yield await Chat(browser_page, playground.url).open()


async def test_a_slash_opens_the_commands_and_enter_sends_one(chat):
    await chat.page.keyboard.type("/ima")
    suggestions = chat.at("suggestions")
    await expect(suggestions).to_contain_text("Develop a picture from words")
    await chat.page.keyboard.press("Enter")
    await expect(chat.at("command-name")).to_have_text("/imagine")
    await chat.page.keyboard.type("a red disc")
    await chat.page.keyboard.press("Enter")
    message = await chat.wait_for_message("a red disc · steps 20", pictures=1, button="Re-roll")
    await expect(message).to_contain_text("Ada used /imagine")


async def test_a_whole_command_can_be_typed_as_text(chat):
    await chat.page.keyboard.type("/imagine prompt: a red disc steps: 12 sampler: DDIM ")
    await chat.page.keyboard.press("Escape")
    await chat.at("send").click()
    await chat.wait_for_message("a red disc · steps 12 · guidance 5.0 · DDIM")


async def test_a_whole_command_can_be_pasted(chat):
    await chat.at("message-input").fill("/imagine a red disc guidance: 3,5")
    await chat.page.keyboard.press("Enter")
    await chat.wait_for_message("a red disc · steps 20 · guidance 3.5")


async def test_tab_adds_options_and_backspace_takes_them_away(chat):
    await chat.begin("imagine")
    await chat.page.keyboard.type("a disc")
    await chat.page.keyboard.press("Tab")
    await expect(chat.at("suggestions")).to_contain_text("How closely it follows the words")
    await chat.page.keyboard.press("Tab")
    await expect(chat.at("option-steps")).to_be_focused()
    await chat.page.keyboard.press("Backspace")
    await expect(chat.at("option-steps")).to_have_count(0)
    await expect(chat.at("option-prompt")).to_be_focused()


async def test_choices_are_picked_with_the_arrows(chat):
    await chat.begin("imagine")
    await chat.fill("prompt", "a disc")
    await chat.fill("sampler", "")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        await chat.page.keyboard.press(key)
    await expect(chat.at("option-sampler")).to_have_value("DDIM")


async def test_autocomplete_comes_live_from_the_bot(chat):
    await chat.begin("imagine")
    await chat.fill("prompt", "a disc")
    await chat.fill("model", "flux")
    await expect(chat.at("suggestion")).to_have_text(["flux-schnell (model)"])
    await chat.page.keyboard.press("Enter")
    await expect(chat.at("option-model")).to_have_value("flux-schnell (model)")
    await chat.at("send").click()
    await chat.wait_for_message("Euler · flux-schnell · from nothing")


@pytest.mark.parametrize(
    ("option", "typed", "words"),
    [
        ("steps", "900", "At most 50."),
        ("steps", "many", "This takes a whole number."),
        ("sampler", "Magic", "Choose one of: Euler, DDIM, UniPC."),
        ("prompt", "", "This option is required."),
    ],
)
async def test_what_is_wrong_is_said_at_the_field(chat, option, typed, words):
    await chat.begin("imagine")
    if option != "prompt":
        await chat.fill("prompt", "a disc")
    await chat.fill(option, typed)
    await chat.at("send").click()
    await expect(chat.page.locator(f'[data-option="{option}"]').get_by_test_id("field-error")).to_have_text(words)
    assert await chat.messages() == []


async def test_a_picture_goes_with_a_command(chat):
    await chat.slash("imagine", prompt="like this", image=png())
    await chat.wait_for_message("like this · steps 20 · guidance 5.0 · Euler · mini · from blue.png")


async def test_a_helper_waits_for_as_many_pictures_as_told(chat):
    await chat.slash("imagine", prompt="one")
    await chat.wait_for_message("one", pictures=1)
    with pytest.raises(AssertionError):
        await chat.wait_for_message("one", pictures=2, timeout_ms=500)
    with pytest.raises(AssertionError, match="not sent"):
        await chat.slash("imagine", prompt="two", steps=99)


async def test_a_subcommand_takes_loose_words(chat):
    await chat.page.keyboard.type("/settings show cats")
    await chat.page.keyboard.press("Enter")
    message = await chat.wait_for_message("Settings with 'cats'")
    await chat.at("ephemeral", message).get_by_role("button").click()
    await expect(message).to_have_count(0)


async def test_an_unknown_command_is_not_sent(chat):
    await chat.say("/nonsense")
    await expect(chat.at("composer-error")).to_contain_text("There is no command /nonsense")
    await expect(chat.at("message-input")).to_have_value("/nonsense")
