"""The history: newest first, found by words, with its lineage, and forgotten for good."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from diffusion.request import Reference, Request
from storage.database import Database
from storage.history import History, Picture
from storage.jobs import Delivery, Jobs, NewPicture
from storage.search import words
from tests.databases import REQUEST

ANN, BEN = 2**63 - 1, 2


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database, waiting_per_person=20, waiting=40)


@pytest.fixture
def history(database: Database) -> History:
    return History(database)


async def made(jobs: Jobs, *names: str, user: int = ANN, request: Request = REQUEST, parent: int = 0) -> list[Picture]:
    """A job that has run; each file's name is one letter, repeated."""
    await jobs.submit(replace(request, count=len(names)), user=user, channel=5, guild=6, parent=parent)
    job = await jobs.claim()
    assert job is not None
    new = [NewPicture(name * 64, *job.request.seeds(index)[:1], 128, 192) for index, name in enumerate(names)]
    return await jobs.finish(job, new, 1.0)


async def test_a_picture_knows_its_job_and_what_makes_it_alone(jobs: Jobs, history: History) -> None:
    first, second = await made(jobs, "a", "b")
    assert await history.picture(second.id) == second
    assert await history.of_job(second.job) == [first, second]
    assert (second.index, second.user, second.channel, second.guild, second.width) == (1, ANN, 5, 6, 128)
    assert second.alone == replace(REQUEST, seed=REQUEST.seed + 1, count=1)
    assert await history.picture(10**9) is None


async def test_a_message_leads_to_its_pictures(jobs: Jobs, history: History) -> None:
    first, second = await made(jobs, "a", "b")
    assert await history.of_message(0) == [], "pictures that are in no message are not in message 0"
    await jobs.delivered(first.job, Delivery.POSTED, ANN)
    assert await history.of_message(ANN) == [replace(first, message=ANN), replace(second, message=ANN)]
    assert await history.of_message(ANN - 1) == []


async def test_a_file_leads_to_its_newest_picture(jobs: Jobs, history: History) -> None:
    await made(jobs, "a", user=BEN)
    [newest] = await made(jobs, "a")
    assert await history.by_hash("a" * 64) == newest
    assert await history.by_hash("b" * 64) is None


async def test_recent_is_newest_first_and_paged(jobs: Jobs, history: History) -> None:
    old, new = await made(jobs, "a", "b"), await made(jobs, "c", "d")
    await made(jobs, "e", user=BEN)
    expected = new + old
    assert await history.recent(ANN) == expected
    assert await history.recent(ANN, offset=1, limit=2) == expected[1:3]
    assert await history.recent(ANN, offset=4) == []
    assert (await history.count(ANN), await history.count(BEN), await history.count(3)) == (4, 1, 0)


PROMPTS = {
    "a": "a red circle",
    "b": "a blue Circle, \x00 \ud800",
    "c": "Crème Brûlée",
    "d": "赤い円",
    "e": "1girl and snake_case or knots, not " + "x" * 3000,
}
FOUND = {
    "circle": "ab",
    "CIRCLE red": "a",
    "cir": "ab",
    "ircle": "",
    "creme brulee": "c",
    "crème brûlée": "c",
    "円": "d",
    "い円": "d",
    "1girl": "e",
    "snake": "e",
    "and OR not": "e",
    "\"red'": "a",
    "circle -red": "a",
    "red*:&|!()\\": "a",
    "  ": "abcde",
    "🎨": "",
    "\x00\ud800": "",
    "squ" * 100: "",
}


async def test_search_finds_prompts_by_their_words(jobs: Jobs, history: History) -> None:
    for name, prompt in PROMPTS.items():
        await made(jobs, name, request=replace(REQUEST, prompt=prompt))
    found = {search: await history.recent(ANN, search=search) for search in FOUND}
    assert {search: "".join(sorted(each.sha256[0] for each in pictures)) for search, pictures in found.items()} == FOUND
    for search, names in FOUND.items():
        assert await history.count(ANN, search) == len(names)
        assert await history.count(BEN, search) == 0


def test_words_are_plain() -> None:
    assert words("A (Red:1.2) cat, a RED cat; Straße — ﬁn") == "a red 1 2 cat strasse fin"


async def test_the_search_keeps_step_with_the_jobs(jobs: Jobs, history: History, database: Database) -> None:
    [picture] = await made(jobs, "a")
    async with database.writing() as connection:
        await connection.execute(text("UPDATE jobs SET words = 'green square'"))
    assert await history.count(ANN, "circle") == 0
    assert await history.count(ANN, "green") == 1
    await history.forget([picture.id])
    async with database.writing() as connection:
        if connection.dialect.name == "sqlite":  # a disagreement between index and table is an error
            await connection.execute(text("INSERT INTO jobs_search (jobs_search, rank) VALUES ('integrity-check', 1)"))
            found = await connection.scalars(text("SELECT rowid FROM jobs_search WHERE jobs_search MATCH 'green'"))
            assert list(found) == []


async def test_ancestors_lead_back_to_the_first(jobs: Jobs, history: History) -> None:
    [first] = await made(jobs, "a")
    _, second = await made(jobs, "b", "c", parent=first.id, user=BEN)
    [third] = await made(jobs, "d", parent=second.id)
    assert await history.ancestors(third.id) == [second, first]
    assert await history.ancestors(first.id) == []
    await history.forget([second.id])
    assert await history.ancestors(third.id) == []
    remembered = await history.picture(third.id)
    assert remembered is not None
    assert remembered.parent == second.id


async def test_forgotten_pictures_are_gone(jobs: Jobs, history: History) -> None:
    first, second = await made(jobs, "a", "b")
    assert await history.forget([first.id, 10**9]) == ["a" * 64]
    assert await history.recent(ANN) == [second]
    assert await history.forget([first.id]) == []
    assert await history.forget([second.id]) == ["b" * 64]
    assert await jobs.one(second.job) is None, "the prompt goes with the last picture"
    assert await history.forget([]) == []


async def test_an_id_is_never_given_twice(jobs: Jobs, history: History) -> None:
    [first] = await made(jobs, "a")
    await history.forget([first.id])
    [second] = await made(jobs, "b")
    assert second.id > first.id
    assert second.job > first.job


async def test_a_file_that_another_picture_uses_is_kept(jobs: Jobs, history: History) -> None:
    [first], [same] = await made(jobs, "a"), await made(jobs, "a", user=BEN)
    assert await history.forget([first.id]) == []
    assert await history.forget([same.id]) == ["a" * 64]


async def test_a_file_that_a_picture_grew_from_is_kept_as_long_as_that(jobs: Jobs, history: History) -> None:
    [source] = await made(jobs, "a")
    [grown] = await made(jobs, "b", request=replace(REQUEST, source="a" * 64, strength=0.5), parent=source.id)
    assert await history.forget([source.id]) == []
    assert await history.forget([grown.id]) == ["a" * 64, "b" * 64]


async def test_a_file_that_a_job_waits_for_is_kept(jobs: Jobs, history: History) -> None:
    [source] = await made(jobs, "a")
    job = await jobs.submit(replace(REQUEST, source="a" * 64, strength=0.5), user=BEN, channel=5)
    assert await history.forget([source.id]) == []
    assert await history.unused(["a" * 64, "b" * 64]) == ["b" * 64]
    await jobs.claim()
    assert await history.unused(["a" * 64]) == []
    await jobs.cancel(job.id)
    assert await history.unused(["a" * 64]) == ["a" * 64]


async def test_every_picture_that_a_job_needs_is_kept(jobs: Jobs, history: History) -> None:
    """The mask and the references as well as the source, while it waits and as long as its picture is there."""
    files = [letter * 64 for letter in "abcd"]
    references = Reference("canny", files[2]), Reference("image", files[3])
    request = replace(REQUEST, source=files[0], mask=files[1], references=references)
    await jobs.submit(request, user=ANN, channel=5)
    assert await history.unused([*files, "e" * 64]) == ["e" * 64]
    job = await jobs.claim()
    assert job is not None
    assert await history.unused(files) == []
    [picture] = await jobs.finish(job, [NewPicture("f" * 64, 7, 128, 128)], 1.0)
    assert await history.unused(files) == []
    assert await history.forget([picture.id]) == [*files, "f" * 64]
