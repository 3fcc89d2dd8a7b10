"""The place where a job is talked about: posting, editing and deleting there, by whichever way is open.

The bot's own token is the first way and lasts for ever. Where the bot cannot see the channel (a user install elsewhere,
a closed direct message) the interaction's token is the second, for 15 minutes. Knows no job states and no pictures.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import discord
from tenacity import AsyncRetrying, before_sleep_log, retry_if_exception_type, stop_after_delay, wait_exponential_jitter

from bot.face import Face
from storage.jobs import Job

log = logging.getLogger(__name__)

TOKEN_LIFE = timedelta(minutes=14, seconds=30)
"""Discord says 15 minutes; the rest is for the way there."""
FILE_BYTES = 10 * 2**20
"""What a channel takes a file where no server's boosts say more."""
UNKNOWN_MESSAGE, TOO_LARGE, TOKEN_DEAD = 10008, 40005, (10015, 50027)
CLOSED = (50083, 160005)
"""An archived and a locked thread: refused with HTTP 400, unlike every other closed place (403, 404)."""
BROKEN = (aiohttp.ClientError, OSError, discord.DiscordServerError)
"""The network's or Discord's fault. discord.py retries only some 5xx and no connection that was cut on Linux."""


def again(seconds: float) -> AsyncRetrying:
    """`async for attempt in again(60): with attempt: …` for requests that may safely be sent twice."""
    return AsyncRetrying(
        retry=retry_if_exception_type(BROKEN),
        wait=wait_exponential_jitter(multiplier=0.2, max=30, jitter=0.2),
        stop=stop_after_delay(seconds),
        before_sleep=before_sleep_log(log, logging.INFO),
        reraise=True,
    )


def unreachable(error: discord.HTTPException) -> bool:
    """Whether this way into the channel is shut, so that sending the same again is in vain."""
    if isinstance(error, discord.NotFound):
        return error.code != UNKNOWN_MESSAGE
    return isinstance(error, discord.Forbidden) or error.code in CLOSED or dead(error)


def too_large(error: discord.HTTPException) -> bool:
    return error.status == 413 or error.code == TOO_LARGE


def dead(error: discord.HTTPException) -> bool:
    """Whether an interaction's token has run out."""
    return error.status == 401 or error.code in TOKEN_DEAD


class Conversation:
    """One job's place. Every call is one request, sent once; what it raises is discord.py's."""

    def __init__(self, client: discord.Client, job: Job):
        self._client = client
        self._job = job
        self._channel = client.get_partial_messageable(job.channel, guild_id=job.guild or None)
        self._shut = False

    @property
    def file_bytes(self) -> int:
        guild = self._client.get_guild(self._job.guild)
        return guild.filesize_limit if guild else FILE_BYTES

    @property
    def token_lives(self) -> bool:
        return bool(self._job.token) and datetime.now(UTC) - self._job.created < TOKEN_LIFE

    async def post(self, face: Face, *, nonce: str) -> int:
        """Posts as the bot, in reply to the person's own message if the job began with one; the new message's id.

        Within some minutes Discord answers the same nonce with the message that is already there.
        """
        message = await self._channel.send(**face.sending(), **self._reference(), nonce=nonce)
        return message.id

    def _reference(self) -> dict[str, Any]:
        if not self._job.reply_to:
            return {}
        reference = discord.MessageReference(
            message_id=self._job.reply_to,
            channel_id=self._job.channel,
            guild_id=self._job.guild or None,
            fail_if_not_exists=False,
        )
        return {"reference": reference}

    async def own(self, since: datetime) -> AsyncIterator[discord.Message]:
        """The bot's own messages here since then, oldest first."""
        async for message in self._channel.history(limit=1000, after=since, oldest_first=True):
            if message.author == self._client.user:
                yield message

    async def first_answer(self) -> int:
        """The message that answered the interaction; 0 if there is none, or no interaction."""
        if not self.token_lives:
            return 0
        try:
            return (await self._webhook().fetch_message("@original")).id  # pyright: ignore[reportArgumentType]
        except discord.HTTPException as error:
            log.info("job %d has no first answer: %s", self._job.id, error)
            return 0

    async def edit(self, message: int, face: Face) -> None:
        """Makes a message of the bot show this face."""
        await self._either(
            lambda: self._channel.get_partial_message(message).edit(**face.editing()),
            lambda: self.hand_over(message, face),
        )

    async def delete(self, message: int) -> None:
        await self._either(
            lambda: self._channel.get_partial_message(message).delete(),
            lambda: self._webhook().delete_message(message),
        )

    async def hand_over(self, message: int, face: Face) -> None:
        """Edits an answer of the interaction through its token. However often it is sent, it shows once."""
        await self._webhook().edit_message(message, **face.editing())

    async def follow_up(self, face: Face) -> int:
        """A further message through the interaction's token. Nothing guards it: sent twice it shows twice."""
        message = await self._webhook().send(**face.sending(), wait=True)
        return message.id

    async def _either(self, direct: Callable[[], Awaitable[Any]], by_token: Callable[[], Awaitable[Any]]) -> None:
        """The bot's own way until it is found shut, the interaction's from then on."""
        if not self._shut:
            try:
                await direct()
                return
            except discord.HTTPException as error:
                if not (unreachable(error) and self.token_lives):
                    raise
            self._shut = True
        await by_token()

    def _webhook(self) -> discord.Webhook:
        """The interaction's webhook, as `Interaction.followup` makes it."""
        identity = {"id": self._client.application_id, "type": 3, "token": self._job.token}
        return discord.Webhook.from_state(identity, self._client._connection)  # pyright: ignore
