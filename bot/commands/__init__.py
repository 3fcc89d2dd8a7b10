"""The commands, one file a topic. Each file's `add` puts its own on the tree."""

from typing import Any

from discord import app_commands

from bot.commands import help, history, imagine, pictures, queue

TOPICS = (imagine, history, queue, help, pictures)


def add_commands(tree: app_commands.CommandTree[Any]) -> None:
    for topic in TOPICS:
        topic.add(tree)
