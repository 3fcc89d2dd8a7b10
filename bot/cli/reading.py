"""What was typed on the command line, as a complete request: words as in the chat, flags and all, and what is to be
done with pictures. What is wrong is told before a model is loaded.

Knows no engine; which model is this machine's default is passed in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot import prompt
from bot.cli.material import Material
from bot.cli.operations import perform
from bot.cli.orders import Order
from bot.cli.repeating import carried, changed
from bot.config import Config
from bot.prompt import Parsed, Words
from bot.sources import handed_down
from diffusion.demands import check
from diffusion.registry import Hardware, Registry, choose
from diffusion.request import Request, Told
from diffusion.words.language import Language
from diffusion.words.loras import without_mentions


def read(config: Config, order: Order, material: Material) -> tuple[Words, Parsed | None]:
    """The words, and what they ask for if that is clear without knowing which model is this machine's default."""
    if not all(map(_utf8, (order.text, *filter(None, order.options.values())))):
        raise Told("What was typed is not valid UTF-8; type it anew.")
    if order.options.get("size") and order.options.get("ar"):
        raise Told("Both --size and --ar say the shape; leave one of them out.")
    chosen = config.model != "auto"
    default = choose(config.specs, config.model, Hardware()) if chosen else next(iter(config.specs))
    registry = Registry(config.specs, default)
    words = prompt.read(order.text, order.options, registry=registry, limits=config.limits)
    if "strength" in words.values and not material.source and not order.operations.blend:
        raise Told("`--strength` says how far to leave a picture; name one with --image.")
    clear = chosen or "model" in words.values or len(config.specs) == 1
    return words, complete(config, order, words, registry, material) if clear else None


def complete(config: Config, order: Order, words: Words, registry: Registry, material: Material) -> Parsed:
    """What the words ask for, and then what is to be done with pictures; a picture's own text says whatever the words
    leave open, where it is to go on or there are no other words."""
    own = carried(order, material, words, registry)
    parameters = material.again or material.parameters
    inherited = handed_down(parameters) if parameters else {}
    parsed = prompt.complete(
        words if material.source else replace(words, values=_without(words.values, "strength")),
        registry=registry,
        limits=config.limits,
        defaults=(inherited if own or order.operations.way or not words.prompt else {}) | {"count": 1},
        source=material.source,
    )
    parsed = replace(parsed, request=_with_loras(parsed.request, order.loras))
    Language(config.engine.settings).check(parsed.request.prompt, parsed.request.negative)
    if own:
        parsed = replace(parsed, request=changed(own, parsed.request, words))
    else:
        parsed = perform(parsed, words, material, order.operations, registry[parsed.request.model])
    check(parsed.request, registry[parsed.request.model])
    return parsed


def _utf8(text: str) -> bool:
    """Bytes of the command line that are no UTF-8 arrive as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _with_loras(request: Request, loras: Iterable[str]) -> Request:
    """`NAME` and `NAME:WEIGHT` are what stands between `<lora:` and `>`."""
    asked = [f"<lora:{each}>" for each in loras]
    for mention in asked:
        if without_mentions(mention):
            raise Told(f"--lora takes a name, and a weight if you like: --lora watercolour:0.8; {mention} is none.")
    return replace(request, prompt=" ".join([request.prompt, *asked]))


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}
