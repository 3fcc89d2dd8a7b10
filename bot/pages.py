"""What a person reads privately: the history, one picture of it, the line, the help. Pure functions to a `Face`."""

from collections.abc import Sequence
from datetime import datetime

import discord

from bot import keys
from bot.deeds import deed, grown
from bot.face import CONTENT, Attachment, Choice, Face, Key, Row, quoted, shorten
from bot.flags import FLAGS
from bot.messages import is_square, jump, names, ordinal, origin, place_words, seeds, settings
from diffusion.mini.lexicon import lexicon
from diffusion.registry import ModelSpec
from storage.history import Picture
from storage.jobs import Job, Place, State

PAGE = 5
"""Pictures on a page of the history: as many as keys in a row."""
LINE = 15
"""Requests that `/queue` lists by name."""
CHOICES = 25


def history(pictures: Sequence[Picture], thumbnails: Sequence[bytes], *, offset: int, total: int, search: str) -> Face:
    """One page, newest first; a thumbnail of no bytes stands for a file that is gone."""
    found = f" for “{quoted(search, 60)}”" if search else ""
    if not pictures:
        empty = f"**Nothing found{found}.**" if search else "**No pictures yet.** Make one with `/imagine`."
        return Face(empty, (), keys.pages([], 0, 0, PAGE, search) if search else ())
    head = f"**Your pictures{found}** · {offset + 1} to {offset + len(pictures)} of {total}"
    lines = [_line(number, picture) for number, picture in enumerate(pictures, offset + 1)]
    files = [
        Attachment(f"{number}.jpg", thumbnail, picture.request.prompt)
        for number, (picture, thumbnail) in enumerate(zip(pictures, thumbnails, strict=True), offset + 1)
        if thumbnail
    ]
    rows = keys.pages([picture.id for picture in pictures], offset, total, PAGE, search)
    return Face("\n".join([head, *lines]), tuple(files), rows)


def picture(picture: Picture, image: bytes, parent: Picture | None, *, offset: int, search: str) -> Face:
    """One picture of the history with its keys; no bytes where its file is gone."""
    lines = [
        f"**{quoted(picture.request.prompt, 1200)}**",
        f"-# {settings(picture.alone)}",
        f"-# {grown(picture.action, picture.request)} {origin(parent)}" if parent else "",
        f"-# {_when(picture.created)} · {_where(picture)}",
        "" if image else "-# Its file is gone; Re-roll and Remix still work.",
    ]
    name = names(picture.job, [".png"] * (picture.index + 1))[-1]
    files = (Attachment(name, image, picture.request.prompt),) if image else ()
    rows = keys.shown(picture.id, picture.job, offset, search, square=is_square(picture.request))
    return Face("\n".join(filter(None, lines)), files, rows)


def posted(picture: Picture, image: bytes, parent: Picture | None, by: int) -> Face:
    """A picture of the history, shown in the channel again; pings nobody."""
    name = names(picture.job, [".png"] * (picture.index + 1))[-1]
    lines = [
        f"**{quoted(picture.request.prompt, 1200)}** — <@{by}>",
        f"-# {settings(picture.alone)}",
        f"-# {grown(picture.action, picture.request)} {origin(parent)}" if parent else "",
    ]
    onward = keys.onward(picture.id, square=is_square(picture.request))
    rows = (keys.picture(picture.id), *onward, (keys.remix(picture.id),))
    return Face("\n".join(filter(None, lines)), (Attachment(name, image, picture.request.prompt),), rows)


def queue(line: Sequence[Job], mine: Sequence[tuple[Job, Place | None]], waiting: int, guild: int) -> Face:
    """`line` is running first, then waiting; `mine` with their places. People of other servers stay unnamed."""
    running = sum(job.state is State.RUNNING for job in line)
    if not line:
        return Face("**Nobody is waiting.** `/imagine` begins at once.", ())
    lines = [f"**{_count(running, 'request')} developing, {waiting} waiting**"]
    lines += [_turn(number, job, guild) for number, job in enumerate(line[:LINE], 1 - running)]
    lines += ["", "**Yours**", *(_own(job, place) for job, place in mine)] if mine else ["", "None of them is yours."]
    return Face(_fitting(lines), (), _cancelling([job for job, _ in mine]))


def help(spec: ModelSpec) -> Face:
    """`spec` is the default model's: the examples are such as it can draw."""
    usages = {flag.usage(spec): flag.help for flag in FLAGS}
    width = max(map(len, usages))
    table = "\n".join(f"{usage:<{width}}  {meaning}" for usage, meaning in usages.items())
    return Face(
        "**Darkroom draws what you describe.**\n"
        "`/imagine` a prompt, and watch it develop. Then the buttons under it: **V1**–**V4** vary a picture, subtly or "
        "strongly, **U1**–**U4** make it twice as large, 🔄 makes it anew, **Remix** changes the words; under a single "
        "picture 🔍 and the arrows draw on around it.\n"
        "**Reply** to a picture with a ping, or send one and mention me, and say what to make of it. Where I cannot "
        "see the picture, right-click its message → Apps → **Reimagine**.\n"
        "`/history` has everything you made, `/queue` who is waiting.\n"
        "In a prompt `(word:1.3)` and `[word]` weigh more and less, `{red|blue}` is drawn anew for each picture, "
        "`__name__` from the owner's lists, and `<lora:name:0.8>` adds a style.\n\n"
        "Flags stand at the end of the prompt, in any order; most are options of `/imagine` as well:\n"
        f"```\n{table}\n```"
    )


def known_words() -> Face:
    """What the built-in model can be asked for."""
    lines = [f"**{kind}**: {', '.join(some)}" for kind, some in lexicon()]
    return Face("\n".join(["**The built-in model is small. It knows these words, and synonyms of many:**", *lines]))


def _line(number: int, picture: Picture) -> str:
    words = quoted(picture.request.prompt, 120)
    parts = (
        words,
        deed(picture.action, picture.request),
        seeds(picture.alone),
        _when(picture.created),
        _where(picture),
    )
    return f"`{number}` {' · '.join(filter(None, parts))}"


def _when(moment: datetime) -> str:
    return discord.utils.format_dt(moment, "R")


def _where(picture: Picture) -> str:
    address = jump(picture)
    return f"[message]({address})" if address else "not posted"


def _turn(number: int, job: Job, guild: int) -> str:
    who = f"<@{job.user}>" if job.guild == guild and guild else "somebody elsewhere"
    state = "developing" if job.state is State.RUNNING else ordinal(number)
    return f"{state} · {who} · {_count(job.request.count, 'picture')}"


def _own(job: Job, place: Place | None) -> str:
    state = "**Developing**" if job.state is State.RUNNING else place_words(place)
    return f"{state} · {quoted(job.request.prompt, 100)} · {seeds(job.request)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _fitting(lines: Sequence[str]) -> str:
    """As many of the lines as a message holds."""
    text = ""
    for line in lines:
        if len(text) + len(line) + 3 > CONTENT:
            return f"{text}…"
        text += f"{line}\n"
    return text.rstrip("\n")


def _cancelling(mine: Sequence[Job]) -> tuple[Row, ...]:
    if not mine:
        return ()
    # The seeds tell equal prompts apart.
    lines = tuple((f"{shorten(job.request.prompt, 40)} · {seeds(job.request)}", str(job.id)) for job in mine[:CHOICES])
    everything = Key("Cancel all of mine", keys.custom_id("cancelall"), style=discord.ButtonStyle.danger)
    return (Choice("Cancel one of mine", keys.custom_id("cancelone"), lines), (everything,))
