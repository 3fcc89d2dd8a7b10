"""`/imagine`: a prompt, and every flag as an option. What they mean is `bot.prompt`'s."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import intake, prompt, sources
from bot.face import CONTENT, copyable, shorten
from bot.sizes import ASPECTS
from diffusion.request import Told
from diffusion.samplers import SAMPLERS

if TYPE_CHECKING:
    from bot.client import Darkroom

CHOICES = 25
"""Suggestions that Discord shows at most."""


@app_commands.command(description="Draw what you describe.")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
@app_commands.describe(
    prompt="What you want to see; flags such as --ar 3:2 can follow",
    negative_prompt="What must not be in the picture",
    aspect="Shape, width to height",
    size="Exact size in pixels, width x height",
    count="How many pictures",
    seed="The same seed and settings make the same picture",
    steps="More steps, more detail, more time",
    guidance="How closely the picture follows the prompt",
    sampler="The way from noise to picture",
    model="Which model draws",
    image="A picture to begin with",
    strength="With a picture: how far to leave it, from near 0 to 1",
)
@app_commands.choices(
    aspect=[app_commands.Choice(name=ratio, value=ratio) for ratio in ASPECTS],
    sampler=[app_commands.Choice(name=name, value=name) for name in SAMPLERS],
)
async def imagine(
    interaction: discord.Interaction["Darkroom"],
    prompt: str,
    negative_prompt: str | None = None,
    aspect: str | None = None,
    size: str | None = None,
    count: app_commands.Range[int, 1, 4] | None = None,
    seed: app_commands.Range[int, 0, 4294967295] | None = None,
    steps: app_commands.Range[int, 1, 1000] | None = None,
    guidance: app_commands.Range[float, 0, 30] | None = None,
    sampler: str | None = None,
    model: str | None = None,
    image: discord.Attachment | None = None,
    strength: app_commands.Range[float, 0, 1] | None = None,
) -> None:
    options = {
        "negative_prompt": negative_prompt, "aspect": aspect, "size": size, "count": count, "seed": seed,
        "steps": steps, "guidance": guidance, "sampler": sampler, "model": model, "strength": strength,
    }  # fmt: skip
    try:
        await intake.take(interaction.client, interaction, lambda: _wish(interaction.client, prompt, options, image))
    except Told as told:
        raise Told(_repeated(f"{told}", prompt)) from told


@imagine.autocomplete("model")
async def suggest(interaction: discord.Interaction["Darkroom"], typed: str) -> list[app_commands.Choice[str]]:
    registry = interaction.client.registry
    fitting = (spec for name, spec in registry.models.items() if typed.lower() in f"{name} {spec.description}".lower())
    labels = {spec.name: f"{spec.name} — {spec.description}" if spec.description else spec.name for spec in fitting}
    choices = [app_commands.Choice(name=shorten(label, 100), value=name) for name, label in labels.items()]
    return choices[:CHOICES]


async def _wish(
    client: "Darkroom", text: str, options: dict[str, Any], image: discord.Attachment | None
) -> intake.Wish:
    """Typed things are checked before anything is fetched."""
    if image:
        sources.check(image)
    else:
        parsed = prompt.parse(text, registry=client.registry, limits=client.config.limits, options=options)
        return intake.Wish.of(parsed)
    words = prompt.read(text, options, registry=client.registry, limits=client.config.limits)
    origin = await sources.of_attachment(client, image)
    return intake.drawn_over(client, words, sources.Origin(origin.source, parent=origin.parent), "imagine")


def _repeated(told: str, text: str) -> str:
    """What was typed is gone once the command is sent; here it can be copied."""
    return f"{told}\n{copyable(text, CONTENT - len(told) - 1)}" if text.strip() else told


def add(tree: app_commands.CommandTree[Any]) -> None:
    tree.add_command(imagine)
