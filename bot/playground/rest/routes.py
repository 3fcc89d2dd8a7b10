"""Every REST route by method and path below `/api/v10`. Knows which handler answers, and whether a token is needed."""

from bot.playground.rest import commands, interactions, messages, places
from bot.playground.rest.calls import Handler

MESSAGES = r"/channels/{channel:\d+}/messages"
MESSAGE = MESSAGES + r"/{message:\d+}"
REACTION = MESSAGE + "/reactions/{emoji}/@me"
GLOBAL = r"/applications/{application:\d+}/commands"
GUILD = r"/guilds/{guild:\d+}"
IN_GUILD = r"/applications/{application:\d+}/guilds/{guild:\d+}/commands"
WEBHOOK = r"/webhooks/{application:\d+}/{token}"
OWN = WEBHOOK + "/messages/{message}"

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/gateway", places.gateway),
    ("GET", "/gateway/bot", places.gateway_bot),
    ("GET", "/applications/@me", places.application),
    ("GET", "/oauth2/applications/@me", places.application),
    ("GET", "/users/@me", places.me),
    ("GET", "/users/@me/guilds", places.my_guilds),
    ("POST", "/users/@me/channels", places.open_dm),
    ("GET", r"/users/{user:\d+}", places.user),
    ("GET", GUILD, places.guild),
    ("GET", GUILD + "/channels", places.guild_channels),
    ("GET", GUILD + "/roles", places.roles),
    ("GET", GUILD + "/members", places.members),
    ("GET", GUILD + r"/members/{user:\d+|@me}", places.member),
    ("GET", r"/channels/{channel:\d+}", places.channel),
    ("POST", r"/channels/{channel:\d+}/typing", messages.typing),
    ("GET", MESSAGES, messages.several),
    ("POST", MESSAGES, messages.create),
    ("POST", MESSAGES + "/bulk-delete", messages.delete_many),
    ("GET", MESSAGE, messages.one),
    ("PATCH", MESSAGE, messages.edit),
    ("DELETE", MESSAGE, messages.delete),
    ("PUT", REACTION, messages.react),
    ("DELETE", REACTION, messages.unreact),
    *(
        (method, path, handler)
        for path in (GLOBAL, IN_GUILD)
        for method, handler in (("GET", commands.registered), ("PUT", commands.overwrite), ("POST", commands.create))
    ),
    *(
        (method, path + r"/{command:\d+}", handler)
        for path in (GLOBAL, IN_GUILD)
        for method, handler in (("GET", commands.one), ("PATCH", commands.edit), ("DELETE", commands.delete))
    ),
    ("POST", r"/interactions/{interaction:\d+}/{token}/callback", interactions.callback),
    ("POST", WEBHOOK, interactions.follow_up),
    ("GET", OWN, interactions.one),
    ("PATCH", OWN, interactions.edit),
    ("DELETE", OWN, interactions.delete),
)

BY_TOKEN_IN_PATH = ("/interactions/", "/webhooks/", "/gateway")
"""Paths that need no `Authorization`. Those of interactions are also free of the global rate limit."""
