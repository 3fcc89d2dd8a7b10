"""Keeps other web sites out: a page elsewhere, open in the same browser, must not reach a server on loopback."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware
from yarl import URL

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guard(host: str) -> Middleware:
    """Refuses a request that a browser sends for another site (`Origin`), and on loopback one that was sent to another
    name (`Host`), which is how a site whose name suddenly means loopback would come in.
    """

    @web.middleware
    async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        strange = origin is not None and URL(origin).authority != request.host
        if strange or (host in LOOPBACK and URL(f"http://{request.host}").host not in LOOPBACK):
            raise web.HTTPForbidden(text="This server only talks to its own page and to bots.")
        return await handler(request)

    return let_in
