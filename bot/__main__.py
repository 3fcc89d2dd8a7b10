"""The command line: `darkroom run | playground | imagine | doctor | bench`.

Every failure that a person can mend is one line on standard error and exit code 2; a bug keeps its traceback.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

import click

from bot.config import Config, load
from diffusion.request import Told

INTERRUPTED = 130
"""What shells expect of a program that Ctrl-C has ended."""
OPERATIONS = (
    click.option("--vary", type=click.Choice(["subtle", "strong"]), help="A variation of --image."),
    click.option("--upscale", type=click.Choice(["subtle", "creative"]), help="Twice as large, and finer."),
    click.option("--zoom", type=click.Choice(["1.5", "2"]), help="Zoom out: more around --image."),
    click.option("--pan", type=click.Choice(["left", "right", "up", "down"]), help="Move the view by half."),
    click.option("--square", is_flag=True, help="Draw on around --image until it is a square."),
    click.option("--mask", metavar="FILE", help="White where --image is drawn anew; or alpha, for its own."),
    click.option("--control", metavar="ROLE=FILE[:N]", multiple=True, help="Follow a picture by a ControlNet: canny=…"),
    click.option("--image-prompt", metavar="FILE[:N]", multiple=True, help="Follow what a picture shows, N times."),
    click.option("--style", metavar="FILE[:N]", multiple=True, help="Follow the style of a picture, N times."),
    click.option("--blend", metavar="FILE[:N]", multiple=True, help="Begin with the mean of 2 to 5 pictures."),
)


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line and exits with its code."""
    try:
        sys.exit(darkroom.main(arguments, prog_name="darkroom", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(0)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        _stop(_sentence(error), error.exit_code)
    except Told as told:
        _stop(str(told), 2)


def _stop(words: str, code: int) -> NoReturn:
    click.echo(f"darkroom: {' '.join(words.split())}", err=True)
    sys.exit(code)


def _sentence(error: click.ClickException) -> str:
    """Leads to the options where the words of the command line were at fault."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    words = error.format_message()
    return f"{words.rstrip('.')} (see {context.command_path} --help)" if context else words


def _config(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        envvar="DARKROOM_CONFIG",
        help="The configuration file; without it config.toml in this folder.",
    )(command)


def _address(command: Callable[..., Any]) -> Callable[..., Any]:
    port = click.option("--port", type=click.IntRange(0, 65535), help="Where the playground listens; 0 for any.")
    return click.option("--host", help="The address on which the playground listens.")(port(command))


def _placed(config: Config, host: str | None, port: int | None) -> Config:
    wanted = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return config.model_copy(update={"playground": config.playground.model_copy(update=wanted)})


def _operations(command: Callable[..., Any]) -> Callable[..., Any]:
    """What can be done with pictures."""
    for option in reversed(OPERATIONS):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="darkroom", message="Darkroom %(version)s")
def darkroom() -> None:
    """Develops pictures from words, in Discord or on this machine."""


@darkroom.command()
@_config
@_address
def run(config: Path | None, host: str | None, port: int | None) -> None:
    """Start the bot, on Discord or the playground.

    It connects to Discord where DISCORD_TOKEN is set, and else opens the local chat page.
    """
    from bot.run import on_discord, on_playground, show_log

    settings = _placed(load(config), host, port)
    show_log()
    asyncio.run(on_discord(settings) if settings.discord_token.get_secret_value() else on_playground(settings))


@darkroom.command()
@_config
@_address
@click.option("--no-bot", is_flag=True, help="Only the page and its server, for a bot that is started elsewhere.")
def playground(config: Path | None, host: str | None, port: int | None, no_bot: bool) -> None:
    """Start the local chat page with the bot in it.

    It does so also where DISCORD_TOKEN is set, and keeps its own data beside that of Discord.
    """
    from bot.run import on_playground, playground_alone, show_log

    settings = _placed(load(config), host, port)
    show_log()
    asyncio.run(playground_alone(settings) if no_bot else on_playground(settings))


@darkroom.command()
@click.argument("prompt", nargs=-1)
@_config
@click.option("--negative", "--no", metavar="WORDS", help="What must not be in it.")
@click.option("--size", metavar="WxH", help="Width and height in pixels.")
@click.option("--ar", metavar="W:H", help="Aspect ratio instead of a size.")
@click.option("--steps", metavar="N", help="Denoising steps.")
@click.option("--guidance", "--cfg", metavar="N", help="How closely it follows the prompt.")
@click.option("--sampler", metavar="NAME", help="The way from noise to picture.")
@click.option("--seed", metavar="N", help="The same seed and settings give the same picture.")
@click.option("-n", "--n", "--count", "count", metavar="N", help="How many pictures; 1 unless told.")
@click.option("--model", metavar="NAME", help="A model of the configuration.")
@click.option(
    "--lora",
    "loras",
    multiple=True,
    metavar="NAME[:WEIGHT]",
    help="A LoRA of the configuration's folder, from -2 to 2 strong; can stand several times.",
)
@click.option("--image", type=click.Path(path_type=Path), help="A picture to grow from; without words, by its own.")
@click.option(
    "--again",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Make a picture of Darkroom's once more from the settings that it carries; what is said beside is changed.",
)
@click.option("--strength", metavar="N", help="How far to leave that picture, above 0 and up to 1.")
@click.option("--variation", metavar="N", help="How far the noise turns to the variation seed's, 0 to 1.")
@click.option("--variation-seed", metavar="N", help="The seed of the noise that it turns to.")
@click.option("--tile", flag_value="yes", help="Let it go on at its opposite edge, to be laid side by side.")
@click.option("--stop", metavar="N", help="Take it as it is foreseen after that part of the steps: 0.6 or 60%.")
@_operations
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A file (PNG, JPEG, WebP) or a folder. Nothing is overwritten: if out.png is there, it becomes out-2.png.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def imagine(
    prompt: tuple[str, ...],
    config: Path | None,
    image: Path | None,
    again: Path | None,
    output: Path | None,
    as_json: bool,
    loras: tuple[str, ...],
    **typed: Any,
) -> None:
    """Make pictures from words, or something new of a picture, without any chat.

    Without a prompt, --image and what is done with it take the words of the picture itself; --again FILE makes it
    once more.
    """
    from bot.cli.imagine import Broken, imagine
    from bot.cli.orders import Operations, Order

    wanted = {each.name: typed.pop(each.name) for each in fields(Operations)}
    operations = Operations(**{name: value for name, value in wanted.items() if value})
    if not (prompt or operations.way or image or again):
        raise click.UsageError("Missing argument 'PROMPT...'.")
    options = {name.replace("_", "-"): value for name, value in typed.items()}
    order = Order(
        text=" ".join(prompt), options=options, loras=loras, image=image, again=again, operations=operations,
        output=output,
    )  # fmt: skip
    try:
        outcome = asyncio.run(imagine(load(config), order))
    except Broken as error:
        raise click.ClickException(f"The engine failed: {error}. Please try again.") from error
    if as_json:
        click.echo(json.dumps(outcome.to_json()))
        return
    for (path, _), picture in zip(outcome.files, outcome.finished.pictures, strict=True):
        click.echo(f"{path}  seed {picture.seed}")
    click.echo(f"{outcome.finished.seconds:.1f} s on {outcome.finished.device}", err=True)


@darkroom.command()
@_config
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def doctor(config: Path | None, as_json: bool) -> None:
    """Check configuration, database, models, device, token and port, and say what to mend.

    It creates no file where none is yet.
    """
    sys.exit(asyncio.run(_examined(config, as_json)))


async def _examined(config: Path | None, as_json: bool) -> int:
    from bot.doctor import examine

    checks = []
    async for check in examine(config):
        checks.append(check)
        if not as_json:
            click.echo(f"{'ok  ' if check.ok else 'MEND'}  {check.name:<14} {check.says}")
    healthy = all(check.ok for check in checks)
    if as_json:
        listed = [{"name": check.name, "ok": check.ok, "says": check.says} for check in checks]
        click.echo(json.dumps({"ok": healthy, "checks": listed}))
    return 0 if healthy else 1


@darkroom.command()
@_config
@click.option("--model", default="", metavar="NAME", help="A model of the configuration; without it the default.")
@click.option(
    "--random-weights", default="", metavar="NAME", help="A full-size model instead, made here: it draws noise."
)
@click.option("--size", "sizes", multiple=True, metavar="WxH", help="Pixels; more than once for several sizes.")
@click.option("--people", metavar="N,N,…", help="How many ask at once; 1,2,4,8,16 unless told.")
@click.option(
    "--rounds", type=click.IntRange(1, 99), default=1, help="How often each of them is measured; the median counts."
)
@click.option("--quick", is_flag=True, help="Few people and few steps: whether it works, hardly how fast.")
@click.option("--profile", is_flag=True, help="Also show where the time goes.")
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE", help="Draw the figures into a PNG.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench(config: Path | None, plot: Path | None, as_json: bool, **wanted: Any) -> None:
    """Measure the engine against plain diffusers, and what the chat feels of it.

    It takes some minutes on a CPU. The figures compare only with each other.
    """
    from bot.bench import plan, table
    from bot.bench import plot as plotting
    from bot.bench.measure import measure
    from bot.cli.meter import Meter

    order = plan.read(**wanted)
    if plot:
        plotting.check(plot)
    with Meter() as meter:
        figures = measure(load(config), order, meter.note)
    if plot:
        plotting.save(figures, plot)
    click.echo(json.dumps(figures.to_json()) if as_json else table.text(figures))
    if wanted["quick"]:
        click.echo("--quick shows whether it works; so few requests tell nothing of speed.", err=True)


if __name__ == "__main__":
    main()
