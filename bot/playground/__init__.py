"""A small, strict Discord on loopback, with a chat page. Imports nothing of the rest of Darkroom."""

from bot.playground.rules import Rules
from bot.playground.server import Playground
from bot.playground.world import World

__all__ = ["Playground", "Rules", "World"]
