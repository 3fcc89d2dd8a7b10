"""The callback of an interaction and what its token allows afterwards. Knows paths; the rules are in `answers.py`."""

from typing import Any

from bot.playground import answers, payloads
from bot.playground.interactions import Interaction
from bot.playground.messages import Message
from bot.playground.refusals import Refused
from bot.playground.rest.calls import Call

Json = dict[str, Any]


def callback(call: Call) -> Json | None:
    answer = answers.first(call.world, call.number("interaction"), call.match["token"], call.form, call.uploads)
    return answer if call.query.get("with_response") in ("1", "true") else None


def follow_up(call: Call) -> Json:
    message = answers.follow_up(call.world, _asked(call), call.form, call.uploads)
    return payloads.message(call.world, message)


def one(call: Call) -> Json:
    return payloads.message(call.world, _message(call, _asked(call)))


def edit(call: Call) -> Json:
    asked = _asked(call)
    message = answers.edit(call.world, asked, _message(call, asked), call.form, call.uploads)
    return payloads.message(call.world, message)


def delete(call: Call) -> None:
    asked = _asked(call)
    answers.delete(call.world, asked, _message(call, asked))


def _asked(call: Call) -> Interaction:
    return answers.by_token(call.world, call.number("application"), call.match["token"])


def _message(call: Call, asked: Interaction) -> Message:
    name = call.match["message"]
    if name != "@original" and not name.isdigit():
        raise Refused(10008)
    return answers.own_message(call.world, asked, None if name == "@original" else int(name))
