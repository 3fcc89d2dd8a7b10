"""The rules of forms that Discord's OpenAPI document is blind to, each broken once by a request of its own."""

import io
import json
from typing import Any

import aiohttp
import pytest

from bot.playground import World
from bot.playground.interactions import Act, Interaction

Json = dict[str, Any]
ROW, BUTTON, MENU, TEXT, GALLERY, LABEL, INPUT = 1, 2, 3, 10, 12, 18, 4
V2 = 1 << 15


def row(*components: Json) -> Json:
    return {"type": ROW, "components": list(components)}


def button(custom_id: str | None = "a", **more: Any) -> Json:
    return {"type": BUTTON, "style": 1, "label": "Go"} | ({"custom_id": custom_id} if custom_id else {}) | more


def menu(options: int, **more: Any) -> Json:
    told = [{"label": str(number), "value": str(number)} for number in range(options)]
    return {"type": MENU, "custom_id": "m", "options": told} | more


def text(content: str = "hello") -> Json:
    return {"type": TEXT, "content": content}


def gallery(*urls: str) -> Json:
    return {"type": GALLERY, "items": [{"media": {"url": url}} for url in urls]}


BAD_MESSAGES: dict[str, tuple[Json, str]] = {
    "long content": ({"content": "x" * 2001}, "content.BASE_TYPE_MAX_LENGTH"),
    "content beside V2": (
        {"content": "x", "flags": V2, "components": [text()]},
        "content.MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
    "embeds beside V2": (
        {"embeds": [{"title": "x"}], "flags": V2, "components": [text()]},
        "embeds.MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
    "V2 without its flag": ({"components": [text()]}, "components.0.type.BASE_TYPE_CHOICES"),
    "six rows": (
        {"components": [row(button(str(number))) for number in range(6)]},
        "components.BASE_TYPE_MAX_LENGTH",
    ),
    "custom_id twice": ({"components": [row(button(), button())]}, "components.COMPONENT_CUSTOM_ID_DUPLICATED"),
    "no custom_id": (
        {"components": [row(button(None))]},
        "components.0.components.0.custom_id.BUTTON_COMPONENT_CUSTOM_ID_REQUIRED",
    ),
    "embeds of 6001": (
        {"embeds": [{"description": "x" * 3000}, {"description": "x" * 3001}]},
        "embeds.MAX_EMBED_SIZE_EXCEEDED",
    ),
    "unknown field": ({"content": "x", "colour": "red"}, "colour.BASE_TYPE_UNKNOWN_FIELD"),
    "unknown field of a button": (
        {"components": [row(button(colour="red"))]},
        "components.0.components.0.colour.BASE_TYPE_UNKNOWN_FIELD",
    ),
    "file listed but not uploaded": (
        {"content": "x", "attachments": [{"id": "0", "filename": "a.png"}]},
        "attachments.0.id.ATTACHMENT_NOT_FOUND",
    ),
    "file shown but not uploaded": (
        {"flags": V2, "components": [gallery("attachment://a.png")]},
        "components.MEDIA_ATTACHMENT_NOT_FOUND",
    ),
    "embed of a file not uploaded": (
        {"embeds": [{"image": {"url": "attachment://a.png"}}]},
        "embeds.0.image.url.MEDIA_ATTACHMENT_NOT_FOUND",
    ),
    "six buttons": (
        {"components": [row(*(button(str(number)) for number in range(6)))]},
        "components.0.components.BASE_TYPE_BAD_LENGTH",
    ),
    "button beside a menu": (
        {"components": [row(menu(1), button())]},
        "components.0.components.BASE_TYPE_BAD_LENGTH",
    ),
    "26 options": ({"components": [row(menu(26))]}, "components.0.components.0.options.BASE_TYPE_BAD_LENGTH"),
    "long custom_id": (
        {"components": [row(button("x" * 101))]},
        "components.0.components.0.custom_id.BASE_TYPE_BAD_LENGTH",
    ),
    "long label": (
        {"components": [row(button(label="x" * 81))]},
        "components.0.components.0.label.BASE_TYPE_MAX_LENGTH",
    ),
    "41 components": (
        {"flags": V2, "components": [text() for _ in range(41)]},
        "components.COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
    ),
    "4001 characters of V2": (
        {"flags": V2, "components": [text("x" * 2000), text("y" * 2001)]},
        "components.COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
    ),
    "11 pictures": (
        {"flags": V2, "components": [gallery(*("https://example.com/a.png" for _ in range(11)))]},
        "components.0.items.BASE_TYPE_BAD_LENGTH",
    ),
    "long title": ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title.BASE_TYPE_MAX_LENGTH"),
    "long nonce": ({"content": "x", "nonce": "x" * 26}, "nonce.BASE_TYPE_MAX_LENGTH"),
}


@pytest.fixture
async def session(playground):
    async with aiohttp.ClientSession(headers={"Authorization": "Bot x"}) as session:
        yield session


@pytest.fixture
def studio(world):
    return world.channel("studio")


def faults(told: Json) -> set[str]:
    """The nested errors as dotted paths that end in the code."""
    assert told["code"] == 50035
    return set(_flat(told["errors"], ()))


def _flat(errors: Json, path: tuple[str, ...]):
    for error in errors.get("_errors", ()):
        assert error["message"]
        yield ".".join((*path, error["code"]))
    for name, below in errors.items():
        if name != "_errors":
            yield from _flat(below, (*path, name))


class TestForms:
    """Each form is wrong in one way, so the document may or may not see it: nothing is judged here."""

    @pytest.fixture
    def discord_document(self):
        return None

    @pytest.fixture(autouse=True)
    def meant(self, playground):
        yield
        playground.refused.clear()

    @pytest.mark.parametrize("name", BAD_MESSAGES)
    async def test_a_bad_message_is_refused_where_it_is_bad(self, playground, session, world, studio, name):
        payload, fault = BAD_MESSAGES[name]
        async with session.post(f"{playground.api}/channels/{studio.id}/messages", json=payload) as response:
            assert response.status == 400
            assert faults(await response.json()) == {fault}
        assert world.visible(world.person("Ben"), studio) == []

    @pytest.mark.parametrize("name", [name for name in BAD_MESSAGES if name != "long nonce"])
    async def test_an_answer_is_held_to_the_same_form(self, playground, session, world, studio, name):
        payload, fault = BAD_MESSAGES[name]
        asked = interaction(world)
        told = {"type": 4, "data": payload}
        async with session.post(callback(playground, asked), json=told) as response:
            assert faults(await response.json()) == {f"data.{fault}"}
        async with session.post(callback(playground, asked), json={"type": 4, "data": {"content": "x"}}) as response:
            assert response.status == 204

    @pytest.mark.parametrize(
        ("command", "fault"),
        [
            ({"name": "Imagine"}, "name.APPLICATION_COMMAND_INVALID_NAME"),
            ({"name": "two words"}, "name.APPLICATION_COMMAND_INVALID_NAME"),
            ({"description": None}, "description.BASE_TYPE_REQUIRED"),
            ({"description": "x" * 101}, "description.BASE_TYPE_BAD_LENGTH"),
            ({"options": [("a", False), ("b", True)]}, "options.1.APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"),
            ({"options": [("a", True), ("a", True)]}, "options.APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"),
            ({"options": [(f"o{n}", True) for n in range(26)]}, "options.BASE_TYPE_MAX_LENGTH"),
            ({"colour": "red"}, "colour.BASE_TYPE_UNKNOWN_FIELD"),
        ],
    )
    async def test_a_bad_command_is_refused(self, playground, session, world, command, fault):
        async with session.post(commands(playground), json=slash(**command)) as response:
            assert faults(await response.json()) == {fault}

    async def test_a_command_has_8000_characters_in_all(self, playground, session):
        big = slash(options=[("o", False)])
        choices = [{"name": "n" * 100, "value": f"{number:0>100}"} for number in range(25)]
        big["options"] = [big["options"][0] | {"name": f"o{number}", "choices": choices} for number in range(2)]
        async with session.post(commands(playground), json=big) as response:
            assert faults(await response.json()) == {"APPLICATION_COMMAND_TOO_LARGE"}

    async def test_there_are_at_most_100_commands(self, playground, session):
        many = [slash(name=f"c{number}") for number in range(101)]
        async with session.put(commands(playground), json=many) as response:
            assert (response.status, (await response.json())["code"]) == (400, 30032)
        async with session.put(commands(playground), json=many[:100]) as response:
            assert response.status == 200
        async with session.post(commands(playground), json=many[100]) as response:
            assert (await response.json())["code"] == 30032

    @pytest.mark.parametrize(
        ("modal", "fault"),
        [
            ({"components": 6}, "components.BASE_TYPE_BAD_LENGTH"),
            ({"components": 0}, "components.BASE_TYPE_BAD_LENGTH"),
            ({"title": "x" * 46}, "title.BASE_TYPE_BAD_LENGTH"),
            ({"label": "x" * 46}, "components.0.label.BASE_TYPE_BAD_LENGTH"),
            ({"custom_id": None}, "components.0.component.custom_id.BASE_TYPE_REQUIRED"),
            ({"max_length": 4001}, "components.0.component.max_length.NUMBER_TYPE_MAX"),
        ],
    )
    async def test_a_bad_modal_is_refused(self, playground, session, world, modal, fault):
        asked = interaction(world)
        async with session.post(callback(playground, asked), json={"type": 9, "data": form(**modal)}) as response:
            assert faults(await response.json()) == {f"data.{fault}"}

    async def test_an_autocomplete_has_at_most_25_choices(self, playground, session, world):
        asked = interaction(world, Act.AUTOCOMPLETE)
        choices = [{"name": str(number), "value": str(number)} for number in range(26)]
        async with session.post(
            callback(playground, asked), json={"type": 8, "data": {"choices": choices}}
        ) as response:
            assert faults(await response.json()) == {"data.choices.BASE_TYPE_MAX_LENGTH"}

    @pytest.mark.parametrize(("act", "kind"), [(Act.COMMAND, 7), (Act.AUTOCOMPLETE, 4), (Act.MODAL_SUBMIT, 9)])
    async def test_an_answer_fits_what_was_done(self, playground, session, world, act, kind):
        asked = interaction(world, act)
        async with session.post(callback(playground, asked), json={"type": kind, "data": {}}) as response:
            assert faults(await response.json()) == {"type.BASE_TYPE_CHOICES"}

    async def test_a_deferred_answer_takes_only_ephemeral(self, playground, session, world):
        asked = interaction(world)
        async with session.post(callback(playground, asked), json={"type": 5, "data": {"flags": 64 | V2}}) as response:
            assert faults(await response.json()) == {"data.flags.BITFIELD_INVALID_FLAGS"}

    async def test_a_list_is_no_message(self, playground, session, studio):
        async with session.post(f"{playground.api}/channels/{studio.id}/messages", json=["x"]) as response:
            assert faults(await response.json()) == {"DICT_TYPE_CONVERT"}

    async def test_ten_files_and_no_more(self, playground, session, studio):
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", json.dumps({"content": "x"}))
        for number in range(11):
            form.add_field(f"files[{number}]", b"x", filename=f"{number}.txt")
        async with session.post(f"{playground.api}/channels/{studio.id}/messages", data=form) as response:
            assert faults(await response.json()) == {"files.BASE_TYPE_BAD_LENGTH"}

    async def test_a_request_is_at_most_25_mib(self, playground, session, studio):
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", "{}")
        for number in range(3):
            form.add_field(f"files[{number}]", io.BytesIO(bytes(9 << 20)), filename=f"{number}.bin")
        async with session.post(f"{playground.api}/channels/{studio.id}/messages", data=form) as response:
            assert (response.status, (await response.json())["code"]) == (413, 40005)


async def test_what_is_right_to_the_last_character_is_taken(playground, session, world, studio):
    url = f"{playground.api}/channels/{studio.id}/messages"
    buttons = [row(*(button(f"{line}{place}") for place in range(5))) for line in range(4)]
    classic = {"content": "x" * 2000, "components": [*buttons, row(menu(25))], "embeds": [{"description": "y" * 4096}]}
    v2 = {
        "flags": V2,
        "components": [text("x" * 2000), text("y" * 2000), *(gallery("https://a.b/c.png") for _ in range(38))],
    }
    for payload in (classic, v2):
        async with session.post(url, json=payload) as response:
            assert response.status == 200, await response.text()
    assert len(world.visible(world.person("Ben"), studio)) == 2


def interaction(world: World, act: Act = Act.COMMAND) -> Interaction:
    """One that waits for its answer, without a client that would give it."""
    return world.ask(act, world.person("Ben"), world.channel("studio"), {"type": 1, "name": "x"})


def callback(playground, asked: Interaction) -> str:
    return f"{playground.api}/interactions/{asked.id}/{asked.token}/callback"


def commands(playground) -> str:
    return f"{playground.api}/applications/{playground.world.bot.id}/commands"


def slash(*, options: list[tuple[str, bool]] | None = None, **more: Any) -> Json:
    if options is None:
        options = []
    told = [{"type": 3, "name": name, "description": "d", "required": required} for name, required in options]
    return {"name": "imagine", "description": "Makes a picture", "options": told} | more


def form(*, components: int = 1, label: str = "Prompt", title: str = "T", custom_id: str | None = "f", **more) -> Json:
    ids = [custom_id and f"{custom_id}{number}" for number in range(components)]
    fields = [{"type": INPUT, "style": 1, "custom_id": each} | more for each in ids]
    told = [{"type": LABEL, "label": label, "component": field} for field in fields]
    return {"custom_id": "m", "title": title, "components": told}
