"""Forms: how they look, and what happens when they are sent. All that a form needs is in its `custom_id`, so that one
opened before a restart still works.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import discord

from bot import albums, drafts, errors, intake, keys, prompt, reimagine, remix
from bot.face import Row
from diffusion.request import Told

if TYPE_CHECKING:
    from bot.client import Darkroom

TEXT = 4000
"""Characters of a form's field."""
SEARCH = 60
"""Characters of a search: it has to fit into the keys of the page."""

Fields = Mapping[str, str]
NOTHING: Fields = {}


def remixed(picture: int, text: str, hint: str) -> discord.ui.Modal:
    words = discord.ui.TextInput(custom_id="prompt", style=discord.TextStyle.paragraph, default=text, max_length=TEXT)
    return _form("Remix", keys.custom_id("remix", picture), ("Prompt and flags", hint, words))


def search(words: str) -> discord.ui.Modal:
    field = discord.ui.TextInput(custom_id="search", default=words or None, required=False, max_length=SEARCH)
    return _form("Search your pictures", keys.custom_id("search"), ("Words of the prompt", "Nothing shows all.", field))


def redraw(message: int, pictures: int, strength: float, typed: Fields = NOTHING) -> discord.ui.Modal:
    """For `Reimagine`: what to make of one of a message's pictures; `typed` is what the fields begin with."""
    before = {name: typed.get(name) or None for name in ("prompt", "strength", "pick")}
    words = discord.ui.TextInput(
        custom_id="prompt", style=discord.TextStyle.paragraph, default=before["prompt"], max_length=TEXT
    )
    far = discord.ui.TextInput(
        custom_id="strength",
        required=False,
        default=before["strength"],
        placeholder=f"{strength:g}",
        max_length=10,
    )
    which = discord.ui.TextInput(
        custom_id="pick", required=False, default=before["pick"], placeholder="1", max_length=2
    )
    rows = [
        ("What to make of it", "Flags can follow, such as --steps 30.", words),
        ("Strength", "How far to leave the picture: near 0 keeps it, 1 ignores it.", far),
        (f"Which of the {pictures} pictures", "Counted from 1.", which),
    ]
    return _form("Reimagine", keys.custom_id("reimagine", message), *(rows if pictures > 1 else rows[:2]))


async def submitted(client: "Darkroom", interaction: discord.Interaction) -> None:
    """Does what a form asks for; whatever goes wrong is told to the person, who loses nothing that was typed."""
    data: Any = interaction.data or {}
    form = data.get("custom_id", "").removeprefix(f"{keys.PREFIX}:")
    action, _, values = form.partition(":")
    rows: tuple[Row, ...] = ()
    try:
        if action not in FORMS:
            raise Told("This form is from another version of Darkroom; please open it again.")
        fields = dict(_fields(data.get("components", ())))
        if action in REOPENED:
            await drafts.keep(client, interaction.user.id, form, fields)
            rows = keys.reopen(form)
        await FORMS[action](client, interaction, values, fields)
    except Exception as error:
        await errors.answer(interaction, error, rows)


async def reopened(client: "Darkroom", user: int, form: str) -> discord.ui.Modal:
    """A form as this person sent it."""
    action, _, values = form.partition(":")
    return await REOPENED[action](client, user, int(values), await drafts.typed(client, user, form))


async def _remixed(client: "Darkroom", interaction: discord.Interaction, values: str, fields: Fields) -> None:
    await intake.take(client, interaction, lambda: remix.wish(client, int(values), fields["prompt"]))


async def _searched(client: "Darkroom", interaction: discord.Interaction, values: str, fields: Fields) -> None:
    words = " ".join(fields["search"].split())
    await intake.turn(interaction, albums.page(client, interaction.user.id, search=words))


async def _redrawn(client: "Darkroom", interaction: discord.Interaction, values: str, fields: Fields) -> None:
    async def wish() -> intake.Wish:
        options = {name: fields.get(name, "").strip() or None for name in ("strength", "pick")}
        words = prompt.read(fields["prompt"], options, registry=client.registry, limits=client.config.limits)
        return await reimagine.wish(client, interaction.user.id, int(values), words)

    await intake.take(client, interaction, wish)


async def _remix_again(client: "Darkroom", user: int, picture: int, fields: Fields) -> discord.ui.Modal:
    return remixed(picture, fields["prompt"], (await remix.begin(client, picture)).hint)


async def _redraw_again(client: "Darkroom", user: int, message: int, fields: Fields) -> discord.ui.Modal:
    pictures = await reimagine.pictures(client, user, message)
    return redraw(message, pictures, client.registry[""].strength, fields)


FORMS: Mapping[str, Callable[["Darkroom", discord.Interaction, str, Fields], Awaitable[None]]] = {
    "remix": _remixed,
    "search": _searched,
    "reimagine": _redrawn,
}
REOPENED: Mapping[str, Callable[["Darkroom", int, int, Fields], Awaitable[discord.ui.Modal]]] = {
    "remix": _remix_again,
    "reimagine": _redraw_again,
}
"""Forms into which so much is typed that a refusal must not lose it."""


def _form(title: str, custom_id: str, *rows: tuple[str, str, discord.ui.TextInput[Any]]) -> discord.ui.Modal:
    """Stopped at once, so that discord.py does not keep it in memory: `submitted` hears of it without that."""
    modal = discord.ui.Modal(title=title, custom_id=custom_id)
    for name, hint, field in rows:
        modal.add_item(discord.ui.Label(text=name, description=hint, component=field))
    modal.stop()
    return modal


def _fields(components: Any) -> Iterator[tuple[str, str]]:
    """The texts of a form by the names of their fields, however they are nested."""
    for component in components:
        if "custom_id" in component:
            yield component["custom_id"], component.get("value") or ""
        inner = [component["component"]] if "component" in component else component.get("components", ())
        yield from _fields(inner)
