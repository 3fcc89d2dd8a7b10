"""A small, strict Discord on loopback, with a chat page. Imports nothing of the rest of Darkroom."""

from bot.playground.world import World

__all__ = ["World"]
