"""Where attachments are downloaded: the bytes behind a signed address that has not run out. Knows no messages."""

import mimetypes

from aiohttp import web

from bot.playground.world import World

# A file stands on the chat page's own origin: opened by itself, it must not run scripts there.
HEADERS = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": "sandbox"}
GONE = "This content is no longer available."


def routes(world: World) -> list[web.RouteDef]:
    async def download(request: web.Request) -> web.Response:
        path, query = request.path, request.query
        if not world.signature.valid(path, query.get("ex", ""), query.get("hm", ""), world.clock()):
            return web.Response(text=GONE, status=404)
        data = world.file(path)
        if data is None:
            return web.Response(text=GONE, status=404)
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return web.Response(body=data, content_type=kind, headers=HEADERS)

    folders = ("attachments", "ephemeral-attachments")
    return [web.get(f"/{folder}/{{channel}}/{{id}}/{{filename}}", download) for folder in folders]
