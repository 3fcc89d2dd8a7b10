"""What the chat page's own addresses give and refuse, without a browser."""

import json

import aiohttp
import pytest

from bot.playground.attachments import Upload


@pytest.fixture
async def http(playground):
    async with aiohttp.ClientSession(playground.url) as session:
        yield session


@pytest.fixture
def ada(world):
    return str(world.person("Ada").id)


@pytest.fixture
def studio(world):
    return world.channel("studio")


async def test_the_page_runs_nothing_from_elsewhere(http):
    async with http.get("/") as answer:
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "http" not in (await answer.text()).replace("http-equiv", "")


@pytest.mark.parametrize("path", ["/static/../page.py", "/static/..%2fpage.py", "/static/js", "/static/none.js"])
async def test_only_the_pages_own_files_are_served(http, path):
    async with http.get(path) as answer:
        assert answer.status == 404


async def test_another_site_cannot_act_or_listen(http, ada, studio, world):
    elsewhere = {"Origin": "http://elsewhere.example"}
    told = {"user": ada, "channel": str(studio.id), "content": "hello"}
    async with http.post("/page/say", json=told, headers=elsewhere) as answer:
        assert answer.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.ws_connect(f"/page?user={ada}", headers=elsewhere)
    assert not world.messages


async def test_what_the_client_would_not_allow_is_said_in_words(http, ada, studio):
    async with http.post("/page/say", json={"user": ada, "channel": str(studio.id), "content": ""}) as answer:
        assert (answer.status, await answer.json()) == (
            400,
            {"error": "A message needs words or a file.", "option": None},
        )


async def test_nobody_and_nowhere_are_refused(http, ada, studio):
    for told in ({"user": "7", "channel": str(studio.id)}, {"user": ada, "channel": "7"}, {"user": ada}):
        async with http.post("/page/say", json=told | {"content": "hello"}) as answer:
            assert answer.status == 400
    async with http.post("/page/fly", json={"user": ada}) as answer:
        assert answer.status == 404
    for query in ({"user": "7", "channel": str(studio.id)}, {"user": ada}, {"user": ada, "channel": "x"}):
        async with http.get("/page/messages", params=query) as answer:
            assert answer.status == 400


async def test_a_file_runs_no_scripts_on_the_pages_origin(http, studio, world):
    message = world.say(world.person("Ada"), studio, files=[Upload("page.html", b"<script>alert(1)</script>")])
    async with http.get(world.address(message.attachments[0])) as answer:
        assert answer.headers["Content-Security-Policy"] == "sandbox"


async def test_files_come_as_multipart(http, ada, studio, world):
    form = aiohttp.FormData({"payload_json": json.dumps({"user": ada, "channel": str(studio.id)})})
    form.add_field("files[0]", b"one", filename="one.txt", content_type="text/plain")
    async with http.post("/page/say", data=form) as answer:
        id = (await answer.json())["message"]
    [attached] = world.messages[int(id)].attachments
    assert (attached.filename, attached.content_type, world.file(world.path(attached))) == (
        "one.txt",
        "text/plain",
        b"one",
    )


async def test_messages_come_in_pages_oldest_first(http, ada, studio, world):
    said = [world.say(world.person("Ben"), studio, f"line {number}") for number in range(5)]
    query = {"user": ada, "channel": str(studio.id), "before": str(said[3].id), "limit": "2"}
    async with http.get("/page/messages", params=query) as answer:
        assert [message["content"] for message in (await answer.json())["messages"]] == ["line 1", "line 2"]


async def test_a_hidden_channel_tells_nothing(http, world, studio):
    ben = world.person("Ben")
    world.permit(ben, studio, deny=1 << 10)
    async with http.get("/page/messages", params={"user": str(ben.id), "channel": str(studio.id)}) as answer:
        assert answer.status == 403
    async with http.ws_connect(f"/page?user={ben.id}") as socket:
        hello = await socket.receive_json()
        world.say(world.person("Ada"), studio, "not for Ben")
        world.say(world.person("Ada"), world.channel("gallery"), "for all")
        assert str(studio.id) not in [channel["id"] for channel in hello["channels"]]
        assert (await socket.receive_json())["message"]["content"] == "for all"


async def test_the_socket_tells_what_happens(http, ada, studio, world):
    async with http.ws_connect(f"/page?user={ada}") as socket:
        assert (await socket.receive_json())["type"] == "hello"
        ben = world.person("Ben")
        message = world.say(ben, studio, "look", files=[Upload("a.txt", b"a")])
        world.react(ben, message, "👍")
        world.typing(ben, studio)
        world.delete(ben, message)
        told = [await socket.receive_json() for _ in range(4)]
    assert [event["type"] for event in told] == ["message", "edit", "typing", "delete"]
    assert told[1]["message"]["reactions"][0] | {"me": False} == told[1]["message"]["reactions"][0]
