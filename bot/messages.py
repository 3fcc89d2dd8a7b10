"""What each state of a job looks like in the conversation; pure functions from values to a `Face`.

Knows jobs and pictures as values; reads nothing, sends nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import drawn, keys
from bot.deeds import grown
from bot.face import CONTENT, Attachment, Face, quoted, shorten
from diffusion.request import Progress, Request

if TYPE_CHECKING:
    from storage.history import Picture
    from storage.jobs import Job, Place

BAR = 12
"""Cells of the progress bar."""

WAITING_PROMPT = 300
CANCELLED_PROMPT = 80
NEGATIVE = 200

WHOLE = ("reroll", "remix")
"""Actions that begin from all the pictures of a message."""


def waiting(job: "Job", place: "Place | None") -> Face:
    """`place` None: it is not in line any more, and about to begin."""
    return Face(f"{place_words(place)}\n{_asked(job.request)}", rows=keys.cancel(job.id))


def running(job: "Job", progress: Progress) -> Face:
    """With the preview where the progress brings one; otherwise the last one stays."""
    files = (Attachment("preview.jpg", progress.preview, "what is developing"),) if progress.preview else None
    return Face(f"{_step(job.request, progress)}\n{_asked(job.request)}", files, keys.cancel(job.id))


def result(
    job: "Job",
    pictures: Sequence["Picture"],
    files: Sequence[tuple[str, bytes]],
    parent: "Picture | None" = None,
    prompts: Sequence[str] = (),
) -> Face:
    """The finished pictures. `files` are `(name, bytes)`, one per picture; `parent` is the picture of `job.parent`,
    None where there is none or it was deleted; `prompts` are the words as they were drawn for each picture, where the
    prompt leaves a choice. Pings the person who asked, and nobody else."""
    request = job.request
    lines = drawn.line(request.prompt, prompts), settings(request), _lineage(job, parent)
    below = "".join(f"\n-# {line}" for line in lines if line)
    shown = [replace(request, prompt=words) for words in prompts] or [request] * len(files)
    room = CONTENT - len(below) - len(f"**** — <@{job.user}>")
    return Face(
        f"**{quoted(request.prompt, room)}** — <@{job.user}>{below}",
        tuple(Attachment(name, data, _alt(shown[index], index + 1)) for index, (name, data) in enumerate(files)),
        keys.results(job.id, [picture.id for picture in pictures], square=is_square(request)),
        mention=job.user,
    )


def failed(job: "Job", reason: str) -> Face:
    """`reason` is one sentence for the person."""
    return Face(f"**That did not work.** {shorten(reason, 1000)}\n{_asked(job.request)}", (), keys.again(job.id))


def cancelled(job: "Job") -> Face:
    """Short: its words and settings are of no use here any more but to tell it from another."""
    request = job.request
    return Face(f"**Cancelled:** {quoted(request.prompt, CANCELLED_PROMPT)} · {seeds(request)}", (), keys.again(job.id))


def kept(job: "Job") -> Face:
    """Finished, but the pictures could not be posted where they were asked for."""
    words = "picture is" if job.request.count == 1 else "pictures are"
    return Face(
        f"**Your {words} ready**, but could not be posted here. `/history` has them.\n{_asked(job.request)}", ()
    )


def settings(request: Request) -> str:
    """Everything that decides the picture, in one readable line."""
    parts = [
        request.model,
        f"{request.width}×{request.height}",
        f"{request.steps} steps" if request.steps > 1 else "1 step",
        f"guidance {number(request.guidance)}",
        request.sampler,
        seeds(request),
        f"strength {number(request.strength)}" if request.source else "",
        "tile" if request.tile else "",
        f"stopped at {request.stop:.0%}" if request.stop < 1 else "",
        f"without {quoted(request.negative, NEGATIVE)}" if request.negative else "",
    ]
    return " · ".join(part for part in parts if part)


def seeds(request: Request) -> str:
    """What its noise is made from; of a variation, both ends of the way that it went."""
    first = request.variation_seed if request.variation else request.seed
    last = (first + request.count - 1) % 2**32
    span = f"{first}" if request.count == 1 else f"{first} to {last}"
    if request.variation:
        return f"seed {request.seed} varied {number(request.variation)} towards {span}"
    return f"seed {span}" if request.count == 1 else f"seeds {span}"


def is_square(request: Request) -> bool:
    return request.width == request.height


def names(job_id: int, suffixes: Iterable[str]) -> list[str]:
    """File names of a job's pictures, the same at every try: darkroom-12-1.png, darkroom-12-2.png."""
    return [f"darkroom-{job_id}-{position}{suffix}" for position, suffix in enumerate(suffixes, 1)]


def number(value: float) -> str:
    """7.0 as "7", 0.60 as "0.6"."""
    return f"{value:.4g}"


def ordinal(value: int) -> str:
    if value % 100 in (11, 12, 13):
        return f"{value}th"
    return f"{value}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(value % 10, 'th') }"


def duration(seconds: float) -> str:
    """Rounded as an estimate deserves: "a few seconds", "about 40 seconds", "about 3 minutes"."""
    if seconds < 6:
        return "a few seconds"
    if seconds < 55:
        return f"about {max(10, round(seconds / 5) * 5)} seconds"
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return "about a minute" if minutes == 1 else f"about {minutes} minutes"
    return f"about {round(minutes / 60)} hours"


def jump(picture: "Picture") -> str:
    """The address of the message that shows it, "" where it never was posted."""
    if not picture.message:
        return ""
    return f"https://discord.com/channels/{picture.guild or '@me'}/{picture.channel}/{picture.message}"


def origin(picture: "Picture", *, whole: bool = False) -> str:
    """A picture as a link to its message, "#2 of “its prompt”"; `whole` means all the pictures of that message."""
    name = f"“{quoted(picture.request.prompt, 80)}”"
    name = name if whole else f"#{picture.index + 1} of {name}"
    address = jump(picture)
    return f"[{name}]({address})" if address else name


def place_words(place: "Place | None") -> str:
    """ "In line: 2nd" with an honest estimate, where there is one."""
    if place is None:
        return "**Starting** …"
    estimate = f" · ready in {duration(place.seconds)}" if place.seconds is not None else ""
    if place.position == 1:
        return f"**Next in line**{estimate}"
    return f"**In line: {ordinal(place.position)}**{estimate}"


def _step(request: Request, progress: Progress) -> str:
    if not progress.total:
        note = shorten(progress.note, 200) or "starting"
        return f"**{note[0].upper()}{note[1:]}** …"
    share = min(1.0, progress.done / progress.total)
    filled = round(share * BAR)
    bar = "▰" * filled + "▱" * (BAR - filled)
    over = f" over {request.count} pictures" if request.count > 1 else ""
    return f"**Developing** `{bar}` {share:.0%} · step {progress.done} of {progress.total}{over}"


def _asked(request: Request) -> str:
    return f"> {quoted(request.prompt, WAITING_PROMPT)}\n-# {settings(request)}"


def _alt(request: Request, position: int) -> str:
    return request.prompt if request.count == 1 else f"{shorten(request.prompt, 1000)} ({position} of {request.count})"


def _lineage(job: "Job", parent: "Picture | None") -> str:
    if parent is None:
        return "grown from a picture that was sent" if job.request.source and not job.parent else ""
    return f"{grown(job.action, job.request)} {origin(parent, whole=job.action in WHOLE and parent.request.count > 1)}"
