"""A picture made once more from the settings that it carries, with whatever is said beside changed."""

from collections.abc import Iterator
from dataclasses import replace

from bot.cli.material import Material
from bot.cli.orders import Order
from bot.prompt import Words
from diffusion.registry import Registry
from diffusion.request import Request, Told

PLAIN = "negative", "seed", "steps", "guidance", "sampler", "strength", "variation", "variation_seed", "tile", "stop"
MODEL = "model", "width", "height", "steps", "guidance", "sampler"
"""What another model has of its own."""
NAMED = {"image": "--image-prompt FILE", "style": "--style FILE", "blend": "--blend FILE"}


def carried(order: Order, material: Material, words: Words, registry: Registry) -> Request | None:
    """The request that made the picture that `order.again` names, if it names one. `Told` where that picture does not
    carry its settings, or the model or the pictures that it was made with are not here."""
    if not order.again or not material.again:
        return None
    own = material.again.request()
    if order.operations.way:
        raise Told(f"`--again` makes the same picture; leave --{order.operations.way} out, or name it with --image.")
    if not own:
        raise Told(
            f"{order.again} does not carry the whole of its settings, as Darkroom's own pictures do; grow from it with "
            "--image instead, and words."
        )
    if own.model not in registry.models and "model" not in words.values:
        raise Told(f"{order.again} was made with “{own.model}”, which is not here; name another one with --model.")
    if {*own.needs} != {*material.pictures}:
        others = " ".join(dict.fromkeys(_options(own)))
        mend = f"name the same files again: {others}" if others else "leave the other pictures out"
        raise Told(f"{order.again} is made again only from what it was made from; {mend}.")
    return own


def changed(own: Request, asked: Request, words: Words) -> Request:
    """`own`, but for what the words say; `asked` is what they ask for where `own` hands down the rest."""
    given = {*words.values} & {*PLAIN}
    if "shape" in words.values:
        given |= {"width", "height"}
    if asked.model != own.model:
        given |= {*MODEL}
    if asked.variation:
        given.add("variation_seed")
    return replace(own, prompt=asked.prompt, count=asked.count, **{name: getattr(asked, name) for name in given})


def _options(own: Request) -> Iterator[str]:
    """Those that name the pictures that it was made from."""
    if own.source:
        yield "--image FILE"
    if own.mask:
        yield "--mask alpha" if own.mask == own.source else "--mask FILE"
    for each in own.references:
        yield NAMED.get(each.role, f"--control {each.role}=FILE")
