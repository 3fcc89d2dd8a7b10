"""What each state of a job says."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot import drawn, messages, pages
from bot.face import CONTENT, Choice, Face, quoted, shorten
from diffusion.mini.words import words
from diffusion.registry import ModelSpec
from diffusion.request import Progress, Request
from storage.history import Picture
from storage.jobs import Delivery, Job, Place, State

NOW = datetime(2030, 1, 1, tzinfo=UTC)
REQUEST = Request(
    prompt="a red circle", model="mini", width=128, height=96, steps=20, guidance=4.5, sampler="Euler", seed=7
)
JOB = Job(
    id=12, request=REQUEST, user=1, channel=2, guild=3, state=State.WAITING, attempts=0, delivery=Delivery.NONE,
    created=NOW, started=None, finished=None,
)  # fmt: skip
PICTURE = Picture(
    id=40, job=12, index=1, sha256="a" * 64, seed=8, width=128, height=96, request=REQUEST, user=1, channel=2, guild=3,
    message=99, parent=0, created=NOW,
)  # fmt: skip


def job(**changes: object) -> Job:
    return replace(JOB, request=replace(REQUEST, **changes))  # pyright: ignore[reportArgumentType]


def result(made: Job = JOB, parent: Picture | None = None) -> Face:
    ids = range(made.request.count)
    pictures = [replace(PICTURE, id=40 + index, index=index) for index in ids]
    return messages.result(made, pictures, [(f"{index}.png", b"x") for index in ids], parent)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place(position=1, ahead=0, seconds=None), "**Next in line**"),
        (Place(position=1, ahead=0, seconds=3), "**Next in line** · ready in a few seconds"),
        (Place(position=2, ahead=1, seconds=38), "**In line: 2nd** · ready in about 40 seconds"),
        (Place(position=13, ahead=12, seconds=61), "**In line: 13th** · ready in about a minute"),
        (Place(position=23, ahead=22, seconds=600), "**In line: 23rd** · ready in about 10 minutes"),
        (Place(position=121, ahead=120, seconds=9000), "**In line: 121st** · ready in about 2 hours"),
        (None, "**Starting** …"),
    ],
)
def test_a_waiting_job_says_its_place_and_an_estimate(place: Place | None, words: str) -> None:
    face = messages.waiting(JOB, place)
    assert face.content.splitlines()[0] == words
    assert face.content.splitlines()[1] == "> a red circle"


def test_a_running_job_says_its_step_and_shows_the_newest_preview() -> None:
    face = messages.running(JOB, Progress(done=5, total=20, preview=b"jpeg"))
    assert "`▰▰▰▱▱▱▱▱▱▱▱▱` 25% · step 5 of 20" in face.content
    assert [file.data for file in face.files or ()] == [b"jpeg"]
    assert messages.running(JOB, Progress(done=6, total=20)).files is None  # the last preview stays


def test_what_takes_time_before_the_first_step_is_said() -> None:
    assert (
        "**Downloading SDXL: 34 %** …"
        in messages.running(JOB, Progress(done=0, total=0, note="downloading SDXL: 34 %")).content
    )
    assert "**Starting** …" in messages.running(JOB, Progress(done=0, total=0)).content


def test_a_result_says_everything_that_decided_it() -> None:
    face = result(job(negative="dogs", source="b" * 64, strength=0.6, count=3))
    assert face.content.splitlines()[:2] == [
        "**a red circle** — <@1>",
        "-# mini · 128×96 · 20 steps · guidance 4.5 · Euler · seeds 7 to 9 · strength 0.6 · without dogs",
    ]
    assert face.mention == 1
    assert [file.alt for file in face.files or ()] == [f"a red circle ({n} of 3)" for n in (1, 2, 3)]


def test_seeds_that_run_over_the_end_begin_again() -> None:
    assert "seeds 4294967295 to 1" in result(job(seed=2**32 - 1, count=3)).content


def test_a_varied_result_says_both_seeds() -> None:
    assert "seed 7 varied 0.15 towards 50" in result(job(variation=0.15, variation_seed=50)).content


@pytest.mark.parametrize(
    ("action", "changes", "words"),
    [
        ("vary", {"variation": 0.15}, "subtle variation of"),
        ("vary", {"variation": 0.5}, "strong variation of"),
        ("vary", {"source": "b" * 64, "strength": 0.3}, "subtle variation of"),
        ("vary", {"source": "b" * 64, "strength": 0.7}, "strong variation of"),
        ("reroll", {}, "re-roll of"),
        ("remix", {}, "remix of"),
        ("reply", {}, "redrawn from"),
        ("reimagine", {}, "reimagined from"),
        ("imagine", {}, "grown from"),
        ("zoom", {"frame": (21, 16, 85, 64)}, "zoomed out 1.5× from"),
        ("pan", {"frame": (0, -48, 128, 96)}, "panned down from"),
        ("square", {"frame": (16, 0, 96, 96)}, "made square from"),
        ("upscale", {"upscale": True, "strength": 0.25}, "subtle upscale of"),  # of few steps
        ("upscale", {"upscale": True, "strength": 0.38}, "creative upscale of"),
    ],
)
def test_a_result_links_to_what_it_grew_from(action: str, changes: dict[str, object], words: str) -> None:
    face = result(replace(job(**changes), action=action, parent=40), PICTURE)
    assert face.content.endswith(f"-# {words} [#2 of “a red circle”](https://discord.com/channels/3/2/99)")


@pytest.mark.parametrize("action", ["reroll", "remix"])
def test_what_began_from_a_whole_grid_names_no_picture_of_it(action: str) -> None:
    grid = replace(PICTURE, request=replace(PICTURE.request, count=4))
    face = result(replace(JOB, action=action, parent=40), grid)
    assert " of [“a red circle”](https://discord.com/channels/3/2/99)" in face.content
    assert "#2" in result(replace(JOB, action="vary", parent=40), grid).content


@pytest.mark.parametrize(
    ("typed", "prompts", "words"),
    [
        ("a {red|blue} circle", ["a red circle", "a blue circle"], "drawn: #1 red · #2 blue"),
        ("a {red|blue}, flat", ["a red, flat"], "drawn: red"),
        ("{a|one} car at sea", ["a car at sea", "one car at sea"], "drawn: #1 a · #2 one"),
        ("a {red|} circle", ["a circle", "a red circle"], "drawn: #1 nothing · #2 red"),
        ("a {red|blue} circle", ["a red circle", "a red circle"], "drawn: red"),
        ("a {*|~} b", ["a * b"], r"drawn: \*"),
        ("a circle", ["a circle"], ""),
        ("a circle", [], ""),
    ],
)  # fmt: skip
def test_what_was_drawn_of_a_choice_is_said_shortly(typed: str, prompts: list[str], words: str) -> None:
    assert drawn.line(typed, prompts) == words


def test_a_cancelled_request_is_one_short_line() -> None:
    face = messages.cancelled(job(prompt="a red circle " * 40, negative="dogs"))
    assert face.content.startswith("**Cancelled:** a red circle a red")
    assert "\n" not in face.content
    assert len(face.content) < 120


def test_a_parent_without_a_message_is_named_without_a_link() -> None:
    assert result(JOB, replace(PICTURE, message=0)).content.endswith("grown from #2 of “a red circle”")


@pytest.mark.parametrize("prompt", ["x" * 1500, "*" * 1500, "a `*_~|\\ " * 150, "🎨" * 1500, "https://a.b " * 120])
def test_every_message_fits_whatever_was_written(prompt: str) -> None:
    made = job(prompt=prompt, negative=prompt, count=4, variation=0.5, variation_seed=2**32 - 1)
    faces = [
        result(made, replace(PICTURE, request=made.request)),
        messages.waiting(made, None),
        messages.running(made, Progress(done=0, total=0, note=prompt)),
        messages.failed(made, prompt),
        messages.cancelled(made),
        messages.kept(made),
        pages.picture(replace(PICTURE, request=made.request), b"x", PICTURE, offset=0, search=prompt),
        pages.history([replace(PICTURE, request=made.request)] * 5, [b"x"] * 5, offset=0, total=9, search=prompt),
        pages.posted(replace(PICTURE, request=made.request), b"x", PICTURE, 1),
        pages.queue([made] * 40, [(made, None)] * 20, 40, 3),
        pages.help(ModelSpec(name="mini", source="builtin", size=128)),
        pages.known_words(),
    ]
    for face in faces:
        # Discord counts in UTF-16 units nowhere in messages; it counts characters.
        assert len(face.content) <= CONTENT
        assert all(len(file.file.description or "") <= 1024 for file in face.files or ())


def test_the_words_of_the_built_in_model_are_listed() -> None:
    said = pages.known_words().content
    for name in (*words().nouns, *words().colours, *words().styles, "three", "in the snow", "behind", "with clouds"):
        assert name in said


def test_quoted_words_do_nothing_and_stay_within_their_room() -> None:
    assert quoted("a\n# b  **c** <@1> [d](e)") == r"a \# b \*\*c\*\* \<\@1\> \[d\](e)"
    assert quoted("**********", 7) == r"\*\*\*…"
    assert shorten("one two three", 9) == "one two…"


def test_a_page_of_the_history_says_both_seeds_of_a_variation() -> None:
    varied = replace(PICTURE, request=replace(REQUEST, variation=0.15, variation_seed=50, count=2))
    page = pages.history([varied], [b"x"], offset=0, total=1, search="")
    assert "seed 7 varied 0.15 towards 51" in page.content


def test_a_picture_posted_again_says_what_it_grew_from() -> None:
    assert "grown from [#2 of “a red circle”](https://" in pages.posted(PICTURE, b"x", PICTURE, 1).content
    assert "grown from" not in pages.posted(PICTURE, b"x", None, 1).content


def test_the_queue_tells_equal_prompts_apart() -> None:
    mine = [replace(job(seed=seed), id=seed) for seed in (7, 8)]
    choice = pages.queue(mine, [(each, None) for each in mine], 2, 3).rows[0]
    assert isinstance(choice, Choice)
    assert choice.lines == (("a red circle · seed 7", "7"), ("a red circle · seed 8", "8"))


async def test_a_face_pings_only_whom_it_names() -> None:
    assert result().sending()["allowed_mentions"].to_dict() == {"parse": [], "users": [1]}
    assert messages.waiting(JOB, None).sending()["allowed_mentions"].to_dict() == {"parse": []}


async def test_the_keys_of_a_face_are_kept_in_no_memory() -> None:
    view = result().view
    assert view is not None
    assert view.is_finished()
