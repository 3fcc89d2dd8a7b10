"""One job's live message: what it shows, and that its edits keep their order. Knows no line and no other job."""

import asyncio
from datetime import UTC, datetime, timedelta

import discord

from bot.conversation import Conversation, again
from bot.face import Face
from storage.jobs import Job, Jobs

PATIENCE = 60.0
"""Seconds for which last words are tried again while Discord or the network is away."""
ANSWERED = timedelta(seconds=3)
"""After this Discord takes no first answer any more."""


class Live:
    """One job's live message. Edits keep their order, and none comes after the last words."""

    def __init__(self, client: discord.Client, jobs: Jobs, job: Job):
        self.conversation = Conversation(client, job)
        self.message = job.message
        self.text: str | None = ""
        """What it shows; nothing while nothing was drawn here yet, None where an edit may or may not have arrived."""
        self._jobs = jobs
        self._job = job
        self._looked = False
        self._turn = asyncio.Lock()
        self._ended = False

    async def known(self) -> bool:
        """Whether the message exists yet: a job can begin before its first answer has arrived and is noted.

        An answer that never was noted, because the bot was killed just then, is asked for once.
        """
        if not self.message:
            job = await self._jobs.one(self._job.id)
            self.message = job.message if job else 0
        if not self.message and not self._looked and datetime.now(UTC) - self._job.created > ANSWERED:
            self._looked = True
            self.message = await self.conversation.first_answer()
            if self.message:
                await self._jobs.set_message(self._job.id, self.message)
        return self.message != 0

    async def show(self, face: Face) -> None:
        async with self._turn:
            if not self._ended and await self.known():
                self.text = None
                await self.conversation.edit(self.message, face)
                self.text = face.content

    async def end(self, face: Face | None) -> None:
        """The last words, or the removal of the message where there are none."""
        async with self._turn:
            self._ended = True
            async for attempt in again(PATIENCE):
                with attempt:
                    if face:
                        await self.conversation.edit(self.message, face)
                    else:
                        await self.conversation.delete(self.message)
