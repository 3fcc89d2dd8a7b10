"""The judge by Discord's OpenAPI document: that it finds what is wrong, and lets pass what is right."""

import aiohttp
import pytest

from tests.openapi import DOCUMENT, Document, Judge


@pytest.fixture
def document(discord_document: Document | None) -> Document:
    if discord_document is None:
        pytest.skip(f"{DOCUMENT.name} is not at {DOCUMENT.parent}: requests are not judged by Discord's document")
    return discord_document


SEND = "/channels/1/messages"


@pytest.mark.parametrize(
    ("method", "path", "payload", "query"),
    [
        ("POST", SEND, {"content": "hello", "nonce": "1", "enforce_nonce": True}, {}),
        ("POST", SEND, {"content": "hello", "message_reference": {"message_id": 5}}, {}),
        ("GET", SEND, None, {"limit": "100", "before": "5"}),
        ("GET", "/users/@me", None, {}),
        ("POST", "/interactions/1/token/callback", {"type": 4, "data": {"content": "x"}}, {"with_response": "1"}),
        ("PATCH", "/webhooks/1/token/messages/@original", {"content": None}, {}),
        ("PUT", "/applications/1/commands", [{"name": "a", "description": "b"}], {}),
    ],
)
def test_a_right_request_passes(document, method, path, payload, query):
    assert document.violations(method, path, payload, query) == []


@pytest.mark.parametrize(
    ("method", "path", "payload", "query", "words"),
    [
        ("POST", SEND, {"content": 5}, {}, "$.content"),
        ("POST", SEND, {"content": "x" * 4001}, {}, "$.content"),
        ("POST", SEND, None, {}, "no body"),
        ("POST", SEND, {"components": [{"type": 1, "components": [{"type": 2, "style": 9}]}]}, {}, "$.components"),
        ("GET", SEND, None, {"limit": "101"}, "limit='101' does not fit"),
        ("GET", SEND, None, {"colour": "red"}, "unknown query parameter colour"),
        ("GET", "/channels/one/messages", None, {}, "channel_id='one' does not fit"),
        ("GET", "/strange", None, {}, "no such operation"),
        ("POST", "/interactions/1/token/callback", {"type": 99}, {}, "callback"),
    ],
)
def test_a_wrong_request_is_found(document, method, path, payload, query, words):
    (violation,) = document.violations(method, path, payload, query)
    assert violation.startswith(f"{method} {path}: ")
    assert words in violation


async def test_the_playground_shows_every_request_to_its_observers(playground, world, document):
    judge = Judge(document)
    playground.observers[:] = [judge]
    url = f"{playground.api}/channels/{world.channel('studio').id}/messages"
    async with aiohttp.ClientSession(headers={"Authorization": "Bot x"}) as session:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", '{"content": "x", "tts": "no"}')
        form.add_field("files[0]", b"x", filename="x.txt")
        for told in (session.post(url, json={"content": "right"}), session.post(url, json={"embeds": [{"title": 5}]})):
            async with told as response:
                await response.read()
        async with session.post(url, data=form) as response:
            await response.read()
    assert judge.seen == 3
    assert len(judge.violations) == 2
    assert "$.tts" in judge.violations[1]
