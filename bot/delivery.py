"""Brings finished pictures into the conversation, exactly once. They are saved before: what fails here loses nothing.

The first way is a regular message of the bot: it can be replied to, and it outlives the interaction. A repetition is
harmless, for Discord knows the nonce for some minutes and the channel's history is searched for the job's file names
before. Where the bot cannot post, the live message becomes the result through the interaction's token; where that is
gone too, the pictures stay in the history and the person is told so if anything can still be told.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePath

import discord

from bot import messages, uploads
from bot.conversation import BROKEN, UNKNOWN_MESSAGE, Conversation, again, too_large, unreachable
from bot.face import CONTENT, Attachment, Face
from bot.progress import LiveMessages
from bot.uploads import Fitted
from diffusion import metadata
from diffusion.request import Told
from diffusion.words.wildcards import drawable
from storage.history import History, Picture
from storage.images import Images
from storage.jobs import Delivery, Job, Jobs

log = logging.getLogger(__name__)

PATIENCE = 3600.0
"""Seconds for which a delivery is tried again while Discord or the network is away; the next start goes on."""
CLOCKS = timedelta(minutes=10)
"""How far Discord's clock and ours may differ."""
SMALLEST = 2**16
"""Bytes of a file below which there is no point in making it smaller."""
MORE = "-# More of the same, in a second message for its size."
SHRUNK = "-# Shown as WebP in smaller size: the full picture is larger than this channel takes."


class Erased(Exception):
    """The pictures were deleted while they were on their way."""


class Deliveries:
    def __init__(
        self,
        client: discord.Client,
        jobs: Jobs,
        history: History,
        images: Images,
        progress: LiveMessages,
        *,
        request_bytes: int = uploads.REQUEST_BYTES,
    ):
        """`request_bytes`: what one message carries in all."""
        self.client = client
        self.jobs = jobs
        self.history = history
        self.images = images
        self.progress = progress
        self.request_bytes = request_bytes

    async def deliver(self, job: Job, pictures: Sequence[Picture], *, repeated: bool = False) -> None:
        """Returns once it is recorded where the pictures are, or nothing is left of them because they were deleted.

        `repeated`: an earlier run may have posted them.
        """
        if job.result_message:
            await self._posted(job, [job.result_message])
            return
        try:
            await self._bring(job, pictures, repeated)
        except Erased:
            await self.progress.end(job)

    async def _bring(self, job: Job, pictures: Sequence[Picture], repeated: bool) -> None:
        try:
            face = await self._face(job, pictures)
        except Told as told:
            await self._check_kept(job)
            await self._keep(job, messages.failed(job, str(told)))
            return
        conversation = Conversation(self.client, job)
        try:
            posted = await self._post(conversation, job, face, repeated)
        except discord.HTTPException as error:
            if not unreachable(error):
                raise
            log.info("job %d cannot be posted to channel %d: %s", job.id, job.channel, error)
            await self._go_around(conversation, job, face)
        else:
            await self._posted(job, posted)

    async def _check_kept(self, job: Job) -> None:
        """`Erased` once the job went with the last of its pictures."""
        if await self.jobs.one(job.id) is None:
            raise Erased

    async def _face(self, job: Job, pictures: Sequence[Picture]) -> Face:
        names = messages.names(job.id, [".png"] * len(pictures))
        data = [await self.images.open(picture.sha256) for picture in pictures]
        parent = await self.history.picture(job.parent) if job.parent else None
        prompts = [_prompt(job, each) for each in data] if drawable(job.request.prompt) else []
        return messages.result(job, pictures, list(zip(names, data, strict=True)), parent, prompts)

    async def _posted(self, job: Job, posted: Sequence[int]) -> None:
        """Noted first, so that a crash from here on posts nothing again; pending until the live message is gone."""
        await self.jobs.delivered(job.id, Delivery.PENDING, posted[0])
        await self.progress.end(job)
        await self._note(job, posted)

    async def _note(self, job: Job, posted: Sequence[int]) -> None:
        """Who deleted the pictures before this was noted could not know of the messages."""
        if not await self.jobs.delivered(job.id, Delivery.POSTED, posted[0]):
            await self._take_back(job, posted)

    async def _take_back(self, job: Job, posted: Sequence[int]) -> None:
        conversation = Conversation(self.client, job)
        for message in posted:
            try:
                async for attempt in again(60):
                    with attempt:
                        await conversation.delete(message)
            except (discord.NotFound, discord.Forbidden) as error:
                log.info("message %d of job %d was not taken back: %s", message, job.id, error)

    async def _keep(self, job: Job, face: Face) -> None:
        """Noted last: what is said twice after a crash shows once."""
        await self.progress.end(job, face)
        await self.jobs.delivered(job.id, Delivery.KEPT)

    # The first way: a message of the bot

    async def _post(self, conversation: Conversation, job: Job, face: Face, repeated: bool) -> list[int]:
        """The ids of its messages, the first one first; posts only what is not there yet."""
        there: dict[str, int] = {}  # what is posted: the stem of a file's name -> its message
        try:
            async for attempt in again(PATIENCE):
                with attempt:
                    if repeated or attempt.retry_state.attempt_number > 1:
                        there |= await self._found(conversation, job, face)
                    await self._post_missing(conversation, job, face, there)
        except Erased:
            await self._take_back(job, sorted({*there.values()}))
            raise
        return sorted({*there.values()})

    async def _found(self, conversation: Conversation, job: Job, face: Face) -> dict[str, int]:
        """Those of the face's files that stand in the channel already."""
        wanted = set(map(_stem, face.files or ()))
        since = (job.finished or job.created) - CLOCKS
        return {
            stem: message.id
            async for message in conversation.own(since)
            for attachment in message.attachments
            if (stem := PurePath(attachment.filename).stem) in wanted
        }

    async def _post_missing(self, conversation: Conversation, job: Job, face: Face, there: dict[str, int]) -> None:
        limit = conversation.file_bytes
        while missing := [file for file in face.files or () if _stem(file) not in there]:
            fitted = await self._fitted(missing, limit)
            files = fitted.messages[0]
            shown = Face(MORE, files) if there else replace(face, files=files)
            await self._check_kept(job)
            try:
                message = await conversation.post(_noted(shown, fitted.shrunk), nonce=_nonce(job, files))
            except discord.HTTPException as error:
                if not too_large(error) or limit < SMALLEST:
                    raise
                limit = min(limit, max(len(file.data) for file in files)) // 2
                continue
            there |= dict.fromkeys(map(_stem, files), message)

    async def _fitted(self, files: Sequence[Attachment], file_bytes: int) -> Fitted:
        """Off the event loop: making a large picture smaller takes seconds."""
        return await asyncio.to_thread(uploads.fit, files, file_bytes=file_bytes, request_bytes=self.request_bytes)

    # The other ways: the interaction's token, and the history

    async def _go_around(self, conversation: Conversation, job: Job, face: Face) -> None:
        kept = messages.kept(job)
        if not conversation.token_lives:
            await self._keep(job, kept)
            return
        largest = min(conversation.file_bytes, self.request_bytes // max(len(face.files or ()), 1))  # one message
        fitted = await self._fitted(face.files or (), largest)
        face = _noted(replace(face, files=fitted.messages[0]), fitted.shrunk)
        try:
            await self._hand_over(conversation, job, face)
        except (discord.HTTPException, *BROKEN) as error:
            log.info("job %d could not be handed over through its interaction: %s", job.id, error)
            await self._keep(job, kept)

    async def _hand_over(self, conversation: Conversation, job: Job, face: Face) -> None:
        """The live message becomes the result; if that was deleted, one follow-up is all that is tried."""
        await self._check_kept(job)
        message = await self.progress.leave(job)
        try:
            if message:
                async for attempt in again(60):
                    with attempt:
                        await conversation.hand_over(message, face)
                await self._note(job, [message])
                return
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
        # Nothing tells later whether a follow-up arrived, so it is noted as kept before it is sent.
        await self.jobs.delivered(job.id, Delivery.KEPT)
        await self._note(job, [await conversation.follow_up(face)])


def _prompt(job: Job, data: bytes) -> str:
    """As it was drawn for this picture, which its own text says."""
    made = metadata.read(data)
    return made.prompt if made else job.request.prompt


def _stem(file: Attachment) -> str:
    return PurePath(file.name).stem


def _nonce(job: Job, files: Sequence[Attachment]) -> str:
    """At most 25 characters. The time tells apart the first jobs of two databases."""
    return f"{_stem(files[0]).removeprefix('darkroom-')}-{int(job.created.timestamp()):x}"


def _noted(face: Face, shrunk: bool) -> Face:
    """Says that a picture had to be made smaller, where the text leaves room for it."""
    words = f"{face.content}\n{SHRUNK}"
    return replace(face, content=words) if shrunk and len(words) <= CONTENT else face
