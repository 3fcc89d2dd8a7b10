"""The chat page: its files, its socket, and where its POSTs arrive. Knows no Discord API and draws nothing.

Every tab plays one person. What happens reaches it through a WebSocket as small JSON events that carry messages,
channels and commands in Discord's own shapes; what the person does arrives at `page_acts.py`.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from bot.playground import events
from bot.playground.interactions import Act, Interaction
from bot.playground.messages import Message
from bot.playground.page_acts import ACTS, Deed, deed
from bot.playground.people import User
from bot.playground.permissions import Permission
from bot.playground.places import Channel
from bot.playground.world import Misuse, World

Json = dict[str, Any]

STATIC = Path(__file__).parent / "static"
HEARTBEAT_S = 20
TABS_KNOWN = 200


def routes(world: World) -> Iterable[web.AbstractRouteDef]:
    """What the server mounts beside the API: the page at `/`, and all that it needs."""
    page = Page(world)
    return (
        web.get("/", page.document),
        web.get("/static/{path:.+}", page.static),
        web.get("/page", page.socket),
        web.get("/page/people", page.people),
        web.get("/page/messages", page.messages),
        web.post("/page/{act}", page.act),
    )


class Page:
    def __init__(self, world: World):
        self.world = world
        self._tabs: dict[int, str] = {}
        """Interaction id -> the tab where it was begun: only there its modal opens."""

    # Files

    async def document(self, request: web.Request) -> web.StreamResponse:
        return _file(STATIC / "index.html", {"Content-Security-Policy": _policy(self.world.base)})

    async def static(self, request: web.Request) -> web.StreamResponse:
        path = (STATIC / request.match_info["path"]).resolve()
        if not path.is_relative_to(STATIC) or not path.is_file():
            raise web.HTTPNotFound
        return _file(path)

    # What a person reads

    async def people(self, request: web.Request) -> web.Response:
        """Who can be played."""
        return web.json_response({"people": [_person(person) for person in self.world.people]})

    async def messages(self, request: web.Request) -> web.Response:
        """A page of messages, oldest first: `?user=&channel=&before=&limit=`."""
        user = self._user(request)
        try:
            channel = self.world.channels[int(request.query["channel"])]
            before, limit = int(request.query.get("before", 0)) or None, int(request.query.get("limit", 50))
        except (KeyError, ValueError) as error:
            raise web.HTTPBadRequest from error
        if not channel.seen_by(user):
            raise web.HTTPForbidden
        found = self.world.visible(user, channel, before=before, limit=limit)
        messages = [self._shown(self.world.messages[int(told["id"])], user) for told in found]
        return web.json_response({"messages": messages})

    def _user(self, request: web.Request) -> User:
        played = {str(person.id): person for person in self.world.people}
        if request.query.get("user") not in played:
            raise web.HTTPBadRequest
        return played[request.query["user"]]

    # What a person does

    async def act(self, request: web.Request) -> web.Response:
        """One of `ACTS`; 400 with `{"error", "option"}` for what Discord's own client would not allow."""
        perform = ACTS.get(request.match_info["act"])
        if perform is None:
            raise web.HTTPNotFound
        try:
            done = await deed(request, self.world)
            outcome = perform(self.world, done)
            answer = await outcome if asyncio.iscoroutine(outcome) else outcome
        except Misuse as error:
            return web.json_response(_refusal(error), status=400)
        return web.json_response(self._answer(answer, done))

    def _answer(self, answer: object, done: Deed) -> Json:
        if isinstance(answer, Interaction):
            self._tabs[answer.id] = done.tab
            if len(self._tabs) > TABS_KNOWN:
                del self._tabs[min(self._tabs)]
            return {"interaction": str(answer.id)}
        return answer if isinstance(answer, dict) else {}

    # What happens

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """Events for `?user=` in the tab `?tab=`: first a `hello` with everything but messages, then what happens."""
        user = self._user(request)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S)
        await socket.prepare(request)
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(self._tell(socket, user, request.query.get("tab", "")))
            while (await socket.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                pass
            telling.cancel()
        return socket

    async def _tell(self, socket: web.WebSocketResponse, user: User, tab: str) -> None:
        with self.world.subscribe() as feed:
            try:
                await socket.send_json(self.hello(user))
                async for event in feed:
                    told = self.told(event, user, tab)
                    if told:
                        await socket.send_json(told)
            except ConnectionResetError:
                return  # the tab was closed while something was on its way to it

    def hello(self, user: User) -> Json:
        people = [_person(person) for person in self.world.people]
        return {
            "type": "hello",
            "me": _person(user),
            "people": people,
            **self._bot(),
            **self._channels(user),
            **self._commands(user),
        }

    def told(self, event: events.Event, user: User, tab: str) -> Json | None:
        """An event as the tab of a person is told it; None if it is none of theirs."""
        match event:
            case events.MessageCreated(message) if self._sees(user, message):
                return {"type": "message", "message": self._shown(message, user)}
            case events.MessageUpdated(message) | events.ReactionsChanged(message) if self._sees(user, message):
                return {"type": "edit", "message": self._shown(message, user)}
            case events.MessageDeleted(message):
                return {"type": "delete", "id": str(message.id), "channel_id": str(message.channel)}
            case events.InteractionOpened(asked) | events.InteractionChanged(asked):
                return self._interaction(asked, user)
            case events.ModalOpened(asked) if asked.user.id == user.id:
                here = self._tabs.get(asked.id, tab) == tab
                return {**(self._interaction(asked, user) or {}), "modal": asked.modal if here else None}
            case events.Typing(typist, channel) if channel.seen_by(user):
                return {"type": "typing", "user_id": str(typist.id), "channel_id": str(channel.id)}
            case events.ChannelCreated() | events.ChannelUpdated():
                return {"type": "channels", **self._channels(user), **self._commands(user)}
            case events.CommandsChanged():
                return {"type": "commands", **self._commands(user)}
            case events.BotPresence():
                return {"type": "bot", **self._bot()}
        return None

    def _shown(self, message: Message, user: User) -> Json:
        """In Discord's shape, but where that tells the bot's own reactions, they are the person's."""
        told = self.world.shown(message)
        for reaction in told.get("reactions", ()):
            reaction["me"] = user.id in message.reactions[reaction["emoji"]["name"]]
        return told

    def _sees(self, user: User, message: Message) -> bool:
        return message.seen_by(user.id) and self.world.channels[message.channel].seen_by(user)

    def _interaction(self, asked: Interaction, user: User) -> Json | None:
        if asked.user.id != user.id or asked.act is Act.AUTOCOMPLETE:
            return None
        told = {
            "id": str(asked.id),
            "act": int(asked.act),
            "state": str(asked.state),
            "name": _command_line(asked.data),
            "channel_id": str(asked.channel.id),
            "message_id": str(asked.message) if asked.message else None,
            "custom_id": asked.data.get("custom_id"),
        }
        return {"type": "interaction", "interaction": told}

    def _bot(self) -> Json:
        return {"bot": self.world.bot.payload(), "online": self.world.online}

    def _channels(self, user: User) -> Json:
        return {"channels": [_channel(channel, user) for channel in self.world.channels_of(user)]}

    def _commands(self, user: User) -> Json:
        offered = {str(each.id): self.world.commands_for(user, each) for each in self.world.channels_of(user)}
        return {"commands": offered}


def _person(user: User) -> Json:
    return user.payload() | {"owner": user.owner}


def _channel(channel: Channel, user: User) -> Json:
    may = {
        "send": channel.allows(user, Permission.SEND_MESSAGES),
        "attach": channel.allows(user, Permission.ATTACH_FILES),
        "moderate": channel.allows(user, Permission.MANAGE_MESSAGES),
    }
    return channel.payload() | {"may": may}


def _command_line(data: Json) -> str:
    """`/settings show` for a slash command, the plain name of a menu command, empty for what is none."""
    words, options = [data.get("name", "")], data.get("options") or []
    while options and options[0]["type"] in (1, 2):
        words.append(options[0]["name"])
        options = options[0].get("options") or []
    return ("/" if data.get("type") == 1 else "") + " ".join(words)


def _refusal(error: Misuse) -> Json:
    """The words as a sentence, and the option or field that they begin or end with."""
    words = str(error)
    option, colon, _ = words.partition(": ")
    sentence = words[:1].upper() + words[1:]
    return {
        "error": sentence + ("" if sentence.endswith((".", "!", "?")) else "."),
        "option": option if colon else None,
    }


def _file(path: Path, headers: dict[str, str] | None = None) -> web.FileResponse:
    """Asked for anew each time, so that a page is never made of two versions."""
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"} | (headers or {}))


def _policy(base: str) -> str:
    """Nothing from elsewhere runs or is fetched; pictures may be linked from anywhere, as in any chat."""
    return f"default-src 'self'; img-src 'self' blob: data: https: {base}; base-uri 'none'; frame-ancestors 'none'"
