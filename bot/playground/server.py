"""Serves a world over HTTP on loopback: the API, the gateway, the files, and the chat page where there is one."""

import importlib
import importlib.util
from types import TracebackType
from typing import Self

from aiohttp import web
from yarl import URL

from bot.playground import cdn
from bot.playground.api import PREFIX, Api
from bot.playground.doors import guard
from bot.playground.gateway import Gateway
from bot.playground.world import World

PAGE = "bot.playground.page"


class Playground:
    """`async with Playground(world) as playground:` serves until the end of the block; port 0 takes a free one."""

    def __init__(self, world: World, host: str = "127.0.0.1", port: int = 0):
        self.world = world
        self._host, self._port = host, port
        self._api = Api(world)
        self.faults = self._api.faults
        self.observers = self._api.observers
        self.refused = self._api.refused
        self.socket = Gateway(world)
        """The gateway itself, to close or invalidate its connections."""
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return self.world.base

    @property
    def api(self) -> str:
        """What `discord.http.Route.BASE` is set to."""
        return self.url + PREFIX

    @property
    def gateway(self) -> str:
        """What `DiscordWebSocket.DEFAULT_GATEWAY` is set to."""
        return self.url.replace("http", "ws", 1) + "/gateway"

    def _application(self) -> web.Application:
        application = web.Application(
            client_max_size=2 * self.world.rules.request_size, middlewares=[guard(self._host)]
        )
        application.add_routes(self._api.routes())
        application.add_routes(self.socket.routes())
        application.add_routes(cdn.routes(self.world))
        if importlib.util.find_spec(PAGE):
            application.add_routes(importlib.import_module(PAGE).routes(self.world))
        return application

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        port = self._runner.addresses[0][1]
        self.world.base = str(URL.build(scheme="http", host=self._host, port=port))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ):
        await self.socket.close(1001, resumable=False)
        if self._runner:
            await self._runner.cleanup()
