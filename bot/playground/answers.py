"""What the bot may answer to an interaction, and when: the callback once within three seconds, then the token's edits
and follow-ups for fifteen minutes. Knows the state and its rules; no routes.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from bot.playground import components, payloads
from bot.playground.checks import messages as message_checks
from bot.playground.checks import modals
from bot.playground.checks.commands import check_choice
from bot.playground.checks.form import Form
from bot.playground.interactions import Act, Interaction
from bot.playground.interactions import State as Outcome
from bot.playground.messages import Flag, Kind, Message
from bot.playground.posting import Uploads, change, compose
from bot.playground.refusals import Refused
from bot.playground.world import World

Json = dict[str, Any]
CHOICES = 25


class Callback(IntEnum):
    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


MESSAGES = {Callback.MESSAGE, Callback.DEFERRED_MESSAGE}
UPDATES = {Callback.UPDATE, Callback.DEFERRED_UPDATE}
ALLOWED: dict[Act, set[Callback]] = {
    Act.COMMAND: MESSAGES | {Callback.MODAL},
    Act.COMPONENT: MESSAGES | UPDATES | {Callback.MODAL},
    Act.AUTOCOMPLETE: {Callback.CHOICES},
    Act.MODAL_SUBMIT: MESSAGES | UPDATES,
}


# The first answer


def first(world: World, id: int, token: str, told: Json, uploads: Uploads) -> Json:
    """Takes the first answer to an interaction and returns what the callback route returns with `with_response`."""
    asked = _waiting(world, id, token)
    form = Form()
    form.known(told, ("type", "data"), ())
    updatable = asked.act is not Act.MODAL_SUBMIT or asked.message is not None
    allowed = ALLOWED[asked.act] if updatable else ALLOWED[asked.act] - UPDATES
    form.choice(told.get("type"), ("type",), allowed)
    form.refuse()
    kind = Callback(told["type"])
    message = _TAKE[kind](world, asked, told.get("data") or {}, uploads)
    return _response(world, asked, kind, message)


def _waiting(world: World, id: int, token: str) -> Interaction:
    asked = world.interactions.get(token)
    if asked is None or asked.id != id or asked.state is Outcome.FAILED:
        raise Refused(10062)
    if asked.state is not Outcome.OPEN:
        raise Refused(40060)
    if world.clock() > asked.created + world.rules.first_answer_s:
        raise Refused(10062)
    return asked


def _response(world: World, asked: Interaction, kind: Callback, message: Message | None) -> Json:
    about: Json = {"id": str(asked.id), "type": int(asked.act)}
    resource: Json = {"type": int(kind)}
    if message is not None:
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.viewer is not None,
        }
        resource["message"] = payloads.message(world, message)
    return {"interaction": about, "resource": resource}


def _message(world: World, asked: Interaction, data: Json, uploads: Uploads) -> Message:
    message = _compose(world, asked, data, uploads, message_checks.ANSWER, ("data",))
    return _post_first(world, asked, message, Outcome.ANSWERED)


def _deferred_message(world: World, asked: Interaction, data: Json, uploads: Uploads) -> Message:
    flags = int(data.get("flags") or 0)
    form = Form()
    form.known(data, ("flags", "tts"), ("data",))
    if flags & ~Flag.EPHEMERAL:
        form.fault(("data", "flags"), "BITFIELD_INVALID_FLAGS", "Only EPHEMERAL can be set on a deferred answer")
    form.refuse()
    message = _addressed(world, asked, _blank(world, asked), bool(flags & Flag.EPHEMERAL))
    message.flags |= Flag.LOADING
    return _post_first(world, asked, message, Outcome.THINKING)


def _post_first(world: World, asked: Interaction, message: Message, outcome: Outcome) -> Message:
    """Posts the interaction's own message: the answer to a command, or a reply to the message with the component."""
    message.kind = _KINDS.get(asked.data.get("type", 0), Kind.REPLY) if asked.act is Act.COMMAND else Kind.DEFAULT
    if asked.message and asked.message in world.messages:
        message.kind, message.reply_to = Kind.REPLY, asked.message
    asked.original, asked.ephemeral = message.id, message.viewer is not None
    world.post(message)
    world.settle(asked, outcome)
    return message


_KINDS = {1: Kind.CHAT_INPUT_COMMAND, 2: Kind.CONTEXT_MENU_COMMAND, 3: Kind.CONTEXT_MENU_COMMAND}


def _update(world: World, asked: Interaction, data: Json, uploads: Uploads) -> Message:
    message = change(world, _carrier(world, asked), data, uploads, message_checks.ANSWER, ("data",))
    asked.original, asked.ephemeral = message.id, message.viewer is not None
    world.revise(message)
    world.settle(asked, Outcome.ANSWERED)
    return message


def _deferred_update(world: World, asked: Interaction, data: Json, uploads: Uploads) -> Message | None:
    message = _carrier(world, asked)
    asked.original, asked.ephemeral = message.id, message.viewer is not None
    world.settle(asked, Outcome.ANSWERED)
    return message


def _carrier(world: World, asked: Interaction) -> Message:
    message = world.messages.get(asked.message or 0)
    if message is None:
        raise Refused(10008)
    return message


def _choices(world: World, asked: Interaction, data: Json, uploads: Uploads) -> None:
    choices = data.get("choices") or []
    form = Form()
    form.length(choices, ("data", "choices"), 0, CHOICES)
    for index, choice in enumerate(choices):
        check_choice(form, choice, ("data", "choices", index))
    form.refuse()
    asked.choices = choices
    world.settle(asked, Outcome.ANSWERED)


def _modal(world: World, asked: Interaction, data: Json, uploads: Uploads) -> None:
    modal = components.without_nulls(data)
    form = Form()
    modals.check(form, modal, ("data",))
    form.refuse()
    asked.modal = modal
    world.settle(asked, Outcome.MODAL)


_TAKE: dict[Callback, Callable[[World, Interaction, Json, Uploads], Message | None]] = {
    Callback.MESSAGE: _message,
    Callback.DEFERRED_MESSAGE: _deferred_message,
    Callback.DEFERRED_UPDATE: _deferred_update,
    Callback.UPDATE: _update,
    Callback.CHOICES: _choices,
    Callback.MODAL: _modal,
}


# With the token


def by_token(world: World, application: int, token: str) -> Interaction:
    """The answered interaction of a token: 10015 for an unknown or unanswered one, 50027 after its fifteen minutes."""
    asked = world.interactions.get(token)
    if application != world.bot.id or asked is None:
        raise Refused(10015)
    if world.clock() > asked.created + world.rules.token_life_s:
        raise Refused(50027)
    if asked.state in (Outcome.OPEN, Outcome.FAILED):
        raise Refused(10015)
    return asked


def own_message(world: World, asked: Interaction, id: int | None) -> Message:
    """The message `id` that this interaction made, or (None) its first answer; 10008 if there is none."""
    message = world.messages.get(asked.original or 0) if id is None else world.messages.get(id)
    if message is None:
        raise Refused(10008)
    made_by = (message.interaction or {}).get("id")
    if message.id != asked.original and made_by != str(asked.id):
        raise Refused(10008)
    return message


def edit(world: World, asked: Interaction, message: Message, told: Json, uploads: Uploads) -> Message:
    was_loading = message.loading
    change(world, message, told, uploads, message_checks.ANSWER)
    if was_loading and asked.state is Outcome.THINKING:
        world.settle(asked, Outcome.ANSWERED)
    return world.revise(message, edited=not was_loading)


def delete(world: World, asked: Interaction, message: Message) -> None:
    world.remove(message)
    if asked.state is Outcome.THINKING and message.id == asked.original:
        world.settle(asked, Outcome.ANSWERED)


def follow_up(world: World, asked: Interaction, told: Json, uploads: Uploads) -> Message:
    """Posts a follow-up; the first one after a deferred answer takes that answer's place."""
    original = world.messages.get(asked.original or 0)
    if asked.state is Outcome.THINKING and original is not None:
        told = {name: value for name, value in told.items() if name in message_checks.ANSWER}
        return edit(world, asked, original, told, uploads)
    message = _compose(world, asked, told, uploads, message_checks.FOLLOW_UP, ())
    if original is not None:
        message.kind, message.reply_to = Kind.REPLY, original.id
        assert message.interaction is not None
        message.interaction["original_response_message_id"] = str(original.id)
    return world.post(message)


# The messages themselves


def _compose(
    world: World, asked: Interaction, told: Json, uploads: Uploads, fields: set[str], path: tuple[str, ...]
) -> Message:
    hidden = bool(int(told.get("flags") or 0) & Flag.EPHEMERAL)
    message = compose(world, asked.channel, told, uploads, fields, path)
    return _addressed(world, asked, message, hidden)


def _addressed(world: World, asked: Interaction, message: Message, hidden: bool) -> Message:
    """Marks a message as an answer to this interaction, and for its person alone if it is ephemeral."""
    message.interaction = payloads.interaction_metadata(asked)
    if hidden:
        message.viewer = asked.user.id
        message.flags |= Flag.EPHEMERAL
    return message


def _blank(world: World, asked: Interaction) -> Message:
    id = world.snowflakes.draw()
    return Message(id=id, channel=asked.channel.id, author=world.bot.id, created=world.clock())
