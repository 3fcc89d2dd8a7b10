"""The way of a request through the API: faults, token, rate limits, observers, handler, answer. Knows no topic."""

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.playground.faults import Broken, Fault, Faults, Limited, Lost, Reset, Slow
from bot.playground.pace import Pace, refusal_headers, refusal_payload
from bot.playground.refusals import Refused
from bot.playground.rest.calls import Handler, read
from bot.playground.rest.routes import BY_TOKEN_IN_PATH, ROUTES
from bot.playground.world import World

PREFIX = "/api/v10"
PLACES = ("channel", "guild", "token", "application")

Observer = Callable[[str, str, Any, Mapping[str, str]], None]
"""Called with method, path below the prefix, parsed payload and query of every request before it is carried out."""

REFUSALS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that broke a rule; kept so that a test sees it even where the bot does not care."""

    method: str
    path: str
    code: int
    errors: dict[str, Any] | None


class Api:
    def __init__(self, world: World):
        self._world = world
        self._pace = Pace(world.clock)
        self.faults = Faults()
        self.observers: list[Observer] = []
        self.refused: deque[Refusal] = deque(maxlen=REFUSALS_KEPT)

    def routes(self) -> list[web.RouteDef]:
        known = [web.route(method, PREFIX + path, self._answering(path, handler)) for method, path, handler in ROUTES]
        return [*known, web.route("*", PREFIX + "/{path:.*}", self._unknown)]

    def _answering(self, route: str, handler: Handler) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            path = request.rel_url.raw_path.removeprefix(PREFIX)
            fault = self.faults.strike(request.method, path)
            struck = await _strike(request, fault)
            return struck or await self._carried_out(request, path, route, handler, lost=isinstance(fault, Lost))

        return answer

    async def _carried_out(
        self, request: web.Request, path: str, route: str, handler: Handler, *, lost: bool
    ) -> web.StreamResponse:
        open_path = path.startswith(BY_TOKEN_IN_PATH)
        if not open_path and not request.headers.get("Authorization", "").removeprefix("Bot").strip():
            return answer_json({"message": "401: Unauthorized", "code": 0}, 401)
        headers: dict[str, str] = {}
        if self._world.rules.rate_limits:
            place = next((request.match_info[name] for name in PLACES if name in request.match_info), "")
            verdict = self._pace.count(request.method, route, place, exempt=open_path)
            headers = verdict.headers
            if not verdict.passes:
                return answer_json(refusal_payload(verdict.retry_after, verdict.everywhere), 429, headers)
        response = await self._handled(request, path, handler, headers)
        if lost:
            reset(request)
        return response

    async def _handled(
        self, request: web.Request, path: str, handler: Handler, headers: dict[str, str]
    ) -> web.StreamResponse:
        try:
            call = await read(request, self._world, path)
            for observer in self.observers:
                observer(call.method, call.path, call.payload, call.query)
            told = handler(call)
        except Refused as refused:
            self.refused.append(Refusal(request.method, path, refused.code, refused.errors))
            return answer_json(refused.payload(), refused.status, headers)
        return web.Response(status=204, headers=headers) if told is None else answer_json(told, 200, headers)

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        return answer_json({"message": "404: Not Found", "code": 0}, 404)


def answer_json(told: Any, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """JSON without a charset in its type: with one, discord.py takes it for text."""
    body = json.dumps(told).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


async def _strike(request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
    match fault:
        case Limited(wait, everywhere):
            return answer_json(refusal_payload(wait, everywhere), 429, refusal_headers(wait, everywhere))
        case Broken(status):
            return answer_json({"message": f"{status}: Server Error", "code": 0}, status)
        case Slow(seconds):
            await asyncio.sleep(seconds)
        case Reset():
            reset(request)
            return web.Response(status=500)
    return None


def reset(request: web.Request) -> None:
    """Ends the connection with a TCP reset, so that the client sees errno 104."""
    transport = request.transport
    if transport is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
