"""The gateway: HELLO, IDENTIFY, RESUME, heartbeats, and the closing of connections on demand. Knows no event."""

import asyncio
import json
from collections import deque
from enum import IntEnum
from typing import Any

from aiohttp import WSMsgType, web

from bot.playground import dispatches
from bot.playground.api import reset
from bot.playground.sessions import Session
from bot.playground.world import World

Json = dict[str, Any]
SENDS, SENDS_WITHIN_S = 120, 60.0
EVERY_INTENT = (1 << 26) - 1
ACK_S = 0.02
"""Seconds before a heartbeat is acknowledged: on the same event loop the answer would arrive before discord.py's thread
has noted that it asked, and it would think itself far behind."""


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    VOICE_STATE_UPDATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_GUILD_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Close(IntEnum):
    UNKNOWN_ERROR = 4000
    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class Closed(Exception):
    """The gateway ends a connection, with a code that says why."""

    def __init__(self, code: Close):
        self.code = code
        super().__init__(code.name)


class Gateway:
    """Every connection and every session that can be resumed."""

    def __init__(self, world: World):
        self.world = world
        self.sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/gateway", self._connect), web.get("/gateway/", self._connect)]

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(self, socket, request)
        self._connections.add(connection)
        try:
            await connection.serve()
        finally:
            self._connections.discard(connection)
            self.tell_presence()
        return socket

    def tell_presence(self) -> None:
        self.world.set_online(any(connection.session for connection in self._connections))

    def forget(self, session: Session) -> None:
        session.close()
        self.sessions.pop(session.id, None)

    def wait_for(self, session: Session) -> None:
        """Keeps a session without a connection for as long as it may be resumed."""
        if session.id in self.sessions:
            loop = asyncio.get_running_loop()
            session.expiry = loop.call_later(self.world.rules.resume_s, self.forget, session)

    # Faults on demand

    async def close(self, code: int = Close.UNKNOWN_ERROR, *, resumable: bool = True) -> None:
        """Closes every connection; unless `resumable`, a bot that tries to resume has to begin anew."""
        if not resumable:
            self.forget_all()
        for connection in tuple(self._connections):
            await connection.socket.close(code=code)

    async def reconnect(self) -> None:
        """Asks every bot to connect again and resume."""
        for connection in tuple(self._connections):
            await connection.send(Op.RECONNECT, None)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Tells every bot that its session is invalid."""
        if not resumable:
            self.forget_all()
        for connection in tuple(self._connections):
            await connection.send(Op.INVALID_SESSION, resumable)

    def drop(self) -> None:
        """Breaks every connection without a word."""
        for connection in tuple(self._connections):
            reset(connection.request)

    def forget_all(self) -> None:
        for session in tuple(self.sessions.values()):
            self.forget(session)


class Connection:
    """One WebSocket, from HELLO to its end. What it sends passes through `outbox`, in order."""

    def __init__(self, gateway: Gateway, socket: web.WebSocketResponse, request: web.Request):
        self.gateway = gateway
        self.world = gateway.world
        self.socket = socket
        self.request = request
        self.session: Session | None = None
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._received: deque[float] = deque(maxlen=SENDS)

    async def serve(self) -> None:
        await self.send(Op.HELLO, {"heartbeat_interval": int(self.world.rules.heartbeat_s * 1000)})
        async with asyncio.TaskGroup() as tasks:
            sender = tasks.create_task(self._deliver())
            try:
                await self._listen()
            except Closed as closed:
                await self.socket.close(code=closed.code)
            finally:
                sender.cancel()
                if self.session and self.session.outbox is self._outbox:
                    self.session.outbox = None
                    self.gateway.wait_for(self.session)

    async def _deliver(self) -> None:
        try:
            while True:
                await self.socket.send_str(await self._outbox.get())
        except ConnectionError:
            pass  # the client is gone; `_listen` ends with it

    async def send(self, op: Op, data: Any) -> None:
        self._outbox.put_nowait(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    async def _listen(self) -> None:
        while True:
            try:
                received = await self.socket.receive(timeout=self.world.rules.heartbeat_s * 1.5)
            except TimeoutError:
                raise Closed(Close.SESSION_TIMED_OUT) from None
            if received.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                self._end(received.data if received.type is WSMsgType.CLOSE else None)
                return
            self._count()
            await self._take(_parsed(received.data))

    def _end(self, code: int | None) -> None:
        """A bot that closes with 1000 or 1001 ends its session."""
        if self.session and code in (1000, 1001):
            self.gateway.forget(self.session)

    def _count(self) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._received) == SENDS and now - self._received[0] < SENDS_WITHIN_S:
            raise Closed(Close.RATE_LIMITED)
        self._received.append(now)

    async def _take(self, told: Json) -> None:
        data = told.get("d")
        match told.get("op"):
            case Op.HEARTBEAT:
                await asyncio.sleep(ACK_S)
                await self.send(Op.HEARTBEAT_ACK, None)
            case Op.IDENTIFY | Op.RESUME if self.session:
                raise Closed(Close.ALREADY_AUTHENTICATED)
            case Op.IDENTIFY:
                self._identify(data or {})
            case Op.RESUME:
                await self._resume(data or {})
            case Op.PRESENCE_UPDATE | Op.VOICE_STATE_UPDATE | Op.REQUEST_GUILD_MEMBERS if not self.session:
                raise Closed(Close.NOT_AUTHENTICATED)
            case Op.REQUEST_GUILD_MEMBERS if self.session:
                self.session.dispatch(dispatches.members_chunk(self.world, data or {}))
            case Op.PRESENCE_UPDATE | Op.VOICE_STATE_UPDATE:
                pass
            case _:
                raise Closed(Close.UNKNOWN_OPCODE)

    def _identify(self, data: Json) -> None:
        if not data.get("token"):
            raise Closed(Close.AUTHENTICATION_FAILED)
        intents = data.get("intents")
        if not isinstance(intents, int) or not 0 <= intents <= EVERY_INTENT:
            raise Closed(Close.INVALID_INTENTS)
        if dispatches.forbidden(self.world, intents):
            raise Closed(Close.DISALLOWED_INTENTS)
        session = Session(self.world, intents, data["token"], data.get("shard") or [0, 1])
        self.gateway.sessions[session.id] = self.session = session
        session.outbox = self._outbox
        session.dispatch(dispatches.ready(self.world, session.id, session.shard))
        session.dispatch(dispatches.guild_create(self.world, intents))
        self.gateway.tell_presence()

    async def _resume(self, data: Json) -> None:
        session = self.gateway.sessions.get(data.get("session_id") or "")
        if session is None or session.token != data.get("token") or not session.resumable(data.get("seq")):
            await self.send(Op.INVALID_SESSION, False)
            return
        self.session = session
        session.resume(data["seq"], self._outbox)
        self.gateway.tell_presence()


def _parsed(frame: str | bytes) -> Json:
    try:
        told = json.loads(frame)
    except ValueError:
        raise Closed(Close.DECODE_ERROR) from None
    if not isinstance(told, dict):
        raise Closed(Close.DECODE_ERROR)
    return told
