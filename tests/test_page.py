"""The chat page in a real browser, with a real discord.py bot behind it."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from bot.playground import Playground, Rules
from tests.browser import Chat
from tests.page_bot import PageBot, picture, png
from tests.playground_client import connected


@pytest.fixture
async def bot(playground):
    async with connected(playground, PageBot()) as bot:
        yield bot


@pytest.fixture
async def chat(bot, playground, browser_page):
    """Ada in #studio, with the bot online."""
    return await Chat(browser_page, playground.url).open()


class TestAnswers:
    async def test_a_live_picture_changes_without_a_gap(self, chat, bot):
        await chat.slash("develop")
        message = await chat.wait_for_message("Step 1 of 3", pictures=1)
        await message.locator("img").evaluate(
            """image => {
                window.image = image;
                window.gaps = 0;
                const look = () => {
                    window.gaps += !image.isConnected || !image.naturalWidth;
                    requestAnimationFrame(look);
                };
                look();
            }"""
        )
        first = await chat.loaded_pictures(message)
        for step in (2, 3):
            bot.advance()
            await expect(message).to_contain_text(f"Step {step} of 3")
        await expect(message.locator("img")).not_to_have_attribute("src", first[0])
        await expect(message.locator("img")).to_have_attribute("src", re.compile("red"))
        await expect(message.locator(".picture")).to_have_css("aspect-ratio", "192 / 192")
        assert await chat.page.evaluate("window.image.isConnected && window.gaps === 0")
        await expect(message).to_contain_text("(edited)")

    async def test_thinking_is_shown_until_the_answer_comes(self, chat, bot):
        await chat.slash("think")
        await expect(chat.at("thinking")).to_contain_text("Darkroom is thinking")
        bot.advance()
        await chat.wait_for_message("Thought about it.")
        await expect(chat.at("thinking")).to_have_count(0)

    async def test_v2_components_are_drawn(self, chat):
        await chat.slash("shelf")
        message = await chat.wait_for_message("Three discs", pictures=4, button="Again")
        assert (await chat.read(message)).text.startswith("Three discs\nKept for later\nseeds 7, 8 and 9")
        assert await message.locator(".container").evaluate("e => e.style.getPropertyValue('--bar')") == "#ff6a45"

    async def test_an_embed_is_drawn(self, chat):
        await chat.slash("card")
        message = await chat.wait_for_message("A card", pictures=1)
        await expect(message.locator(".embed-field")).to_have_text(["Steps20", "Seed7"])

    async def test_four_pictures_open_large(self, chat):
        await chat.slash("grid")
        message = await chat.wait_for_message("Four.", pictures=4)
        await message.get_by_role("button", name="Open a green disc").click()
        large = chat.at("large")
        await expect(large).to_have_attribute("alt", "a green disc")
        shown, natural = await large.evaluate("e => [e.getBoundingClientRect().width, e.naturalWidth]")
        assert 1 < shown / natural <= 4
        await chat.page.keyboard.press("ArrowRight")
        await expect(large).to_have_attribute("alt", "a blue disc")
        await expect(chat.at("download")).to_have_attribute("download", "blue.png")
        await chat.page.keyboard.press("Escape")
        await expect(chat.at("lightbox")).to_be_hidden()


class TestComponents:
    async def test_buttons_and_menus(self, chat):
        await chat.slash("imagine", prompt="a disc")
        message = await chat.wait_for_message("a disc", button="Re-roll")
        await expect(message.get_by_role("link", name="Website")).to_have_attribute("href", "https://example.org")
        await expect(message.get_by_role("button", name="Sold out")).to_be_disabled()
        await chat.click("Re-roll", message)
        rolled = await chat.wait_for_message("Rolled again.")
        await expect(chat.at("replied", rolled)).to_contain_text("a disc")
        await chat.choose(message, "Red", "Blue")
        await expect(message).to_contain_text("Chosen: Red, Blue")

    async def test_a_private_answer_is_seen_by_one_person(self, chat):
        ben = await chat.beside("Ben")
        await ben.slash("imagine", prompt="secret", private=True)
        message = await ben.wait_for_message("secret")
        await expect(ben.at("ephemeral", message)).to_contain_text("Only you can see this")
        await ben.say("Did you see it?")
        await chat.wait_for_message("Did you see it?")
        assert [each.text for each in await chat.messages()] == ["Did you see it?"]

    async def test_a_modal_is_filled_in_and_sent(self, chat):
        await chat.say("words")
        await chat.context(await chat.wait_for_message("words"), "Reimagine")
        await chat.fill_modal({})
        await expect(chat.at("modal").locator('[data-label="Prompt"]')).to_contain_text("This is required.")
        await chat.fill_modal({"Prompt": "in ink", "Style": "Oil", "Source": png()})
        await chat.wait_for_message("in ink / ['Oil'] / ['blue.png']")
        await expect(chat.at("modal")).to_have_count(0)

    async def test_a_modal_opens_only_in_the_tab_that_asked(self, chat):
        twin = await chat.beside("Ada")
        await chat.slash("imagine", prompt="a disc")
        await chat.click("Remix", await chat.wait_for_message("a disc", button="Remix"))
        await expect(chat.at("modal")).to_be_visible()
        await twin.say("meanwhile")
        await twin.wait_for_message("meanwhile")
        await expect(twin.at("modal")).to_have_count(0)


class TestPatience:
    @pytest.fixture
    def rules(self):
        return Rules(first_answer_s=0.4)

    async def test_a_command_that_nobody_answers_says_so(self, chat):
        await chat.slash("silence")
        row = chat.at("not-responded")
        await expect(row).to_contain_text("The application did not respond")
        await row.get_by_role("button", name="Dismiss").click()
        await expect(row).to_have_count(0)

    async def test_a_button_that_nobody_answers_says_so(self, chat):
        await chat.slash("shelf")
        message = await chat.wait_for_message("Three discs", button="Again")
        await chat.click("Again", message)
        await expect(chat.at("failure", message)).to_have_text("This interaction failed")

    async def test_a_modal_that_nobody_answers_stays_open(self, chat):
        await chat.say("words")
        await chat.context(await chat.wait_for_message("words"), "Reimagine")
        await chat.fill_modal({"Prompt": "nothing", "Style": "Ink"})
        await expect(chat.at("modal-error")).to_contain_text("the bot did not answer")


class TestMessages:
    async def test_a_link_to_a_message_leads_there(self, chat, world):
        gallery = world.channel("gallery")
        first = world.say(world.person("Ben"), gallery, "the first")
        for number in range(120):
            world.say(world.person("Ben"), gallery, f"line {number}")
        await chat.say(f"see [there](https://discord.com/channels/1/{gallery.id}/{first.id})")
        await chat.page.get_by_role("link", name="there").click()
        await expect(chat.at("channel-title")).to_have_text("gallery")
        await expect(chat.page.get_by_text("the first")).to_be_in_viewport()

    async def test_a_reply_shows_what_it_answers_and_pings_unless_told_not_to(self, chat, bot, world):
        await bot.get_channel(world.channel("studio").id).send("a disc", file=picture("red"))
        disc = await chat.wait_for_message("a disc", pictures=1)
        await chat.reply(disc, "make it blue")
        reply = await chat.wait_for_message("make it blue")
        await expect(chat.at("replied", reply)).to_contain_text("Darkroom")
        assert bot.user in (await asyncio.wait_for(bot.heard.get(), 5)).mentions
        await chat.reply(disc, "or red", ping=False)
        assert bot.user not in (await asyncio.wait_for(bot.heard.get(), 5)).mentions
        await chat.at("replied", reply).click()
        await expect(disc).to_have_class(re.compile("glow"))

    async def test_the_bot_is_mentioned_with_an_at_sign(self, chat, bot):
        await chat.page.keyboard.type("Look, @Dark")
        await expect(chat.at("suggestion").first).to_contain_text("@Darkroom")
        await chat.page.keyboard.press("Tab")
        await chat.page.keyboard.type("a disc")
        await chat.page.keyboard.press("Enter")
        heard = await asyncio.wait_for(bot.heard.get(), 5)
        assert heard.content == f"Look, {bot.user.mention} a disc"
        await expect((await chat.wait_for_message("Look,")).locator(".mention")).to_have_text("@Darkroom")

    async def test_files_are_pasted_dropped_and_taken_out_again(self, chat):
        await chat.page.evaluate(
            """() => {
                const give = (type, name, target) => {
                    const carried = new DataTransfer();
                    carried.items.add(new File(['x'], name, {type: 'text/plain'}));
                    const what = type === 'paste' ? {clipboardData: carried} : {dataTransfer: carried};
                    const Kind = type === 'paste' ? ClipboardEvent : DragEvent;
                    target.dispatchEvent(new Kind(type, {...what, bubbles: true, cancelable: true}));
                };
                give('paste', 'pasted.txt', document.body);
                give('drop', 'dropped.txt', document.querySelector('#main'));
            }"""
        )
        tray = chat.at("tray")
        await expect(tray).to_contain_text("pasted.txt")
        await tray.get_by_role("button", name="Remove pasted.txt").click()
        await chat.say("", files=[png("gold")])
        message = await chat.wait_for_message("dropped.txt", pictures=1)
        await expect(message.locator(".file-name")).to_have_text(["dropped.txt"])

    async def test_the_keyboard_alone_is_enough(self, chat):
        await chat.say("words")
        await chat.wait_for_message("words")
        await chat.page.locator("#scroller").focus()
        for key in ("ArrowUp", "Enter"):
            await chat.page.keyboard.press(key)
        await expect(chat.at("menu").get_by_role("menuitem", name="Reply")).to_be_focused()
        for key in ("ArrowDown", "ArrowDown", "Enter"):
            await chat.page.keyboard.press(key)
        await expect(chat.at("modal")).to_be_visible()
        await expect(chat.at("modal-input")).to_be_focused()
        await chat.page.keyboard.press("Escape")
        await expect(chat.at("modal")).to_have_count(0)

    async def test_reactions_are_counted_and_joined(self, chat, world):
        message = world.say(world.person("Ben"), world.channel("studio"), "nice")
        world.react(world.person("Ben"), message, "👍")
        reaction = chat.page.get_by_role("button", name="👍 1")
        await expect(reaction).to_have_attribute("aria-pressed", "false")
        await reaction.click()
        await expect(chat.page.get_by_role("button", name="👍 2")).to_have_attribute("aria-pressed", "true")

    async def test_markdown(self, chat):
        await chat.say(
            "**bold** *it* `code` ||hidden|| [here](https://example.org) <script>alert(1)</script>\n-# small"
        )
        content = chat.at("content", await chat.wait_for_message("bold"))
        for selector, words in {"strong": "bold", "em": "it", "code": "code", "a": "here", ".subtext": "small"}.items():
            await expect(content.locator(selector)).to_have_text(words)
        await expect(content).to_contain_text("<script>alert(1)</script>")
        spoiler = content.locator(".spoiler")
        await spoiler.click()
        await expect(spoiler).to_have_class(re.compile("revealed"))

    async def test_only_authors_and_moderators_delete(self, chat):
        ben = await chat.beside("Ben")
        await chat.say("from Ada")
        message = await ben.wait_for_message("from Ada")
        await message.click(button="right")
        await expect(ben.at("menu")).to_contain_text("Copy message ID")
        await expect(ben.at("menu")).not_to_contain_text("Delete")
        await ben.page.keyboard.press("Escape")
        await ben.say("from Ben")
        await chat.context(await chat.wait_for_message("from Ben"), "Delete")
        await expect(ben.all).to_have_count(1)

    async def test_typing_and_unread_messages_of_others_are_told(self, chat, world):
        for number in range(30):
            world.say(world.person("Ben"), world.channel("studio"), f"line {number}\nand more")
        await chat.wait_for_message("line 29")
        await chat.page.locator("#scroller").evaluate("e => e.scrollTo(0, 300)")
        await expect(chat.at("jump")).to_be_visible()
        world.typing(world.person("Ben"), world.channel("studio"))
        await expect(chat.at("typing")).to_contain_text("Ben is typing…")
        world.say(world.person("Ben"), world.channel("studio"), "the newest")
        await expect(chat.at("jump")).to_have_text("1 new message")
        await expect(chat.at("unread")).to_have_count(1)
        await chat.at("jump").click()
        await expect(await chat.wait_for_message("the newest")).to_be_in_viewport()
        await expect(chat.at("jump")).to_be_hidden()

    async def test_older_messages_come_when_scrolling_up(self, chat, world):
        for number in range(120):
            world.say(world.person("Ben"), world.channel("gallery"), f"line {number:03}")
        await chat.go("gallery")
        await expect(chat.all).to_have_count(50)
        await expect(chat.all.last).to_be_in_viewport()
        await chat.page.locator("#scroller").evaluate("e => e.scrollTo(0, 0)")
        await expect(chat.all).to_have_count(100)
        await expect(chat.page.get_by_text("line 070")).to_be_in_viewport()
        await chat.page.locator("#scroller").evaluate("e => e.scrollTo(0, 0)")
        await expect(chat.all).to_have_count(120)
        await expect(chat.at("welcome")).to_have_count(1)


class TestPeopleAndPlaces:
    async def test_a_tab_remembers_who_is_played(self, chat):
        ben = await chat.beside("Ben")
        await chat.switch("Cleo")
        for each in (chat, ben):
            await each.page.goto(each.url)
        await chat.say("from here")
        await ben.say("from there")
        await ben.wait_for_message("from here")
        await chat.wait_for_message("from there")
        assert [(each.author, each.text) for each in await chat.messages()] == [
            ("Cleo", "from here"),
            ("Ben", "from there"),
        ]

    async def test_direct_messages_with_the_bot(self, chat, bot):
        await chat.go("Darkroom")
        await chat.say("just us")
        heard = await asyncio.wait_for(bot.heard.get(), 5)
        assert heard.guild is None
        await heard.channel.send("yes")
        await chat.wait_for_message("yes")

    async def test_another_channel_counts_what_is_unread(self, chat, world):
        world.say(world.person("Ben"), world.channel("gallery"), "over here")
        badge = chat.page.locator('[data-name="gallery"] .unread-count')
        await expect(badge).to_have_text("1")
        await expect(chat.page).to_have_title(re.compile(r"^\(1\)"))
        await chat.go("gallery")
        await expect(badge).to_have_count(0)

    async def test_a_telephone_shows_the_channels_on_demand(self, chat):
        await chat.slash("imagine", prompt="a disc with a long name " * 6)
        await chat.page.set_viewport_size({"width": 390, "height": 844})
        channels = chat.page.locator('[data-testid=channel][data-name="gallery"]')
        await expect(channels).not_to_be_in_viewport()
        await chat.page.get_by_role("button", name="Channels and people").click()
        await channels.click()
        await expect(chat.at("channel-title")).to_have_text("gallery")
        await expect(channels).not_to_be_in_viewport()
        assert await chat.page.evaluate("document.documentElement.scrollWidth") == 390


class TestConnection:
    async def test_a_channel_greets_and_a_missing_bot_is_told(self, playground, browser_page):
        chat = await Chat(browser_page, playground.url).open()
        await expect(chat.at("welcome")).to_contain_text("Nothing has been developed here yet.")
        await expect(chat.at("banner")).to_contain_text("Darkroom is not connected")
        await chat.page.keyboard.type("/")
        await expect(chat.at("suggestions")).to_contain_text("No bot has registered commands yet.")
        await chat.page.keyboard.press("Backspace")
        async with connected(playground, PageBot()):
            await expect(chat.at("presence")).to_have_text("Darkroom is online")
            await expect(chat.at("banner")).to_be_hidden()
            await chat.at("try").click()
            await expect(chat.at("option-prompt")).to_be_focused()

    async def test_the_page_catches_up_after_a_restart(self, world, browser_page):
        ben, studio = world.person("Ben"), world.channel("studio")
        gone = world.say(ben, studio, "soon gone")
        async with Playground(world) as playground:
            chat = await Chat(browser_page, playground.url).open()
            await chat.say("before")
            await chat.wait_for_message("before")
        await expect(chat.at("banner")).to_contain_text("not answering")
        await chat.say("into the void")
        await expect(chat.at("composer-error")).to_contain_text("cannot be reached")
        world.delete(ben, gone)
        world.say(ben, studio, "while away")
        async with Playground(world, port=int(playground.url.rpartition(":")[2])):
            await chat.wait_for_message("while away")
            assert [each.text for each in await chat.messages()] == ["before", "while away"]
            await expect(chat.at("composer-error")).to_be_hidden()
            await chat.say("after")
            await chat.wait_for_message("after")
