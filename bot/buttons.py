"""What the keys do: one table from the action in a `custom_id` to a function. Nothing lives in memory, so every key
works as long as its message is there.

How keys look stands in `bot.keys`; what they make of a picture in `bot.ways`.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import discord

from bot import albums, errors, intake, keys, modals, prompt, ways
from bot.face import Face
from bot.remix import begin
from diffusion.request import Told
from storage.history import Picture
from storage.jobs import Job

if TYPE_CHECKING:
    from bot.client import Darkroom


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a key."""

    client: "Darkroom"
    interaction: discord.Interaction
    action: str
    values: str
    """What its `custom_id` holds behind the action."""
    chosen: tuple[str, ...] = ()
    """What was chosen, where the key is a menu."""

    @property
    def id(self) -> int:
        """The first value, of a job or a picture."""
        return int(keys.values(self.values, 2)[0])

    @property
    def value(self) -> str:
        """The one behind the id; nothing where there is none."""
        return "".join(keys.values(self.values, 2)[1:])

    async def picture(self) -> Picture:
        found = await self.client.history.picture(self.id)
        if found is None:
            raise Told("That picture was deleted.")
        return found

    async def job(self) -> Job:
        """`Told` unless it is this person's, or the person moderates the channel."""
        found = await self.client.jobs.one(self.id)
        if found is None:
            raise Told("Those pictures were deleted.")
        check_owner(self.interaction, found.user, found.guild)
        return found


def check_owner(interaction: discord.Interaction, owner: int, guild: int) -> None:
    """Moderators are those who may manage messages here, in the server where the thing belongs."""
    moderates = interaction.guild_id == guild != 0 and interaction.permissions.manage_messages
    if interaction.user.id != owner and not moderates:
        raise Told("That belongs to somebody else; only they or a moderator can do this.")


async def onward(press: Press) -> None:
    """One of the ways onward from a picture."""

    async def wish() -> intake.Wish:
        return await ways.wish(press.client, await press.picture(), press.action, press.value)

    await intake.take(press.client, press.interaction, wish)


async def again(press: Press) -> None:
    """A job that failed or was cancelled, once more as it was."""

    async def wish() -> intake.Wish:
        job = await press.client.jobs.one(press.id)
        if job is None:
            raise Told("That request is not kept any more; ask for it again with `/imagine`.")
        return ways.today(press.client, job.request, job.action, job.parent)

    await intake.take(press.client, press.interaction, wish)


async def remix(press: Press) -> None:
    beginning = await begin(press.client, press.id)
    text = prompt.write(beginning.request, press.client.registry)
    await press.interaction.response.send_modal(modals.remixed(beginning.picture.id, text, beginning.hint))


async def reopen(press: Press) -> None:
    form = press.values.removeprefix(":")
    await press.interaction.response.send_modal(await modals.reopened(press.client, press.interaction.user.id, form))


async def cancel(press: Press) -> None:
    job = await press.job()
    await press.interaction.response.defer()
    if not await press.client.dispatcher.cancel(job.id):
        raise Told("Too late to cancel: it has just ended.")


async def delete(press: Press) -> None:
    async def face() -> Face:
        job = await press.job()
        count = len(await press.client.history.of_job(job.id))
        words = "this picture" if count == 1 else f"all {count} pictures of this message"
        question = f"**Delete {words} for good?** The message goes, and so does what `/history` has of it."
        return Face(question, (), keys.confirm_delete(job.id))

    await intake.answer(press.interaction, face())


async def erase(press: Press) -> None:
    async def face() -> Face:
        await albums.erase(press.client, await press.job())
        return Face("**Deleted.**", ())

    await intake.turn(press.interaction, face())


async def keep(press: Press) -> None:
    await press.interaction.response.edit_message(**Face("Kept.", ()).editing())


async def history(press: Press) -> None:
    offset, search = keys.values(press.values, 2)
    user = press.interaction.user.id
    await intake.turn(press.interaction, albums.page(press.client, user, offset=int(offset), search=search))


async def open_picture(press: Press) -> None:
    _, offset, search = keys.values(press.values, 3)

    async def face() -> Face:
        return await albums.picture(press.client, await press.picture(), offset=int(offset), search=search)

    await intake.turn(press.interaction, face())


async def post(press: Press) -> None:
    async def face() -> Face:
        intake.check_place(press.interaction)
        return await albums.post(press.client, await press.picture(), press.interaction)

    await intake.answer(press.interaction, face())


async def search(press: Press) -> None:
    (words,) = keys.values(press.values, 1)
    await press.interaction.response.send_modal(modals.search(words))


async def cancel_one(press: Press) -> None:
    job = await press.client.jobs.one(int(press.chosen[0]))
    if job is None or job.user != press.interaction.user.id:
        raise Told("That request has already ended.")

    async def face() -> Face:
        await press.client.dispatcher.cancel(job.id)
        return await albums.queue(press.client, press.interaction)

    await intake.turn(press.interaction, face())


async def cancel_all(press: Press) -> None:
    async def face() -> Face:
        for job in await press.client.jobs.mine(press.interaction.user.id):
            await press.client.dispatcher.cancel(job.id)
        return await albums.queue(press.client, press.interaction)

    await intake.turn(press.interaction, face())


ACTIONS: Mapping[str, Callable[[Press], Awaitable[None]]] = {
    **dict.fromkeys(ways.WAYS, onward),
    "again": again,
    "remix": remix,
    "reopen": reopen,
    "cancel": cancel,
    "delete": delete,
    "erase": erase,
    "keep": keep,
    "history": history,
    "open": open_picture,
    "post": post,
    "search": search,
    "cancelone": cancel_one,
    "cancelall": cancel_all,
}


class Pressed(discord.ui.DynamicItem[discord.ui.Item[Any]], template=keys.TEMPLATE):
    """Every key and menu under a message of this bot. Whatever goes wrong is answered here: discord.py would only
    log it."""

    def __init__(self, item: discord.ui.Item[Any], action: str, values: str):
        super().__init__(item)
        self.action = action
        self.values = values

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(item, match["action"], match["values"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        chosen = tuple((interaction.data or {}).get("values", ()))
        press = Press(interaction.client, interaction, self.action, self.values, chosen)
        try:
            if self.action not in ACTIONS:
                raise Told("This button is from another version of Darkroom; ask for the picture again.")
            await ACTIONS[self.action](press)
        except Exception as error:
            await errors.show(interaction, error)


ITEMS = (Pressed,)
