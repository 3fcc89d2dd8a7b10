"""What the options of the command line ask to be done with pictures, over what the words alone ask for.

What is done stands in `bot.growth`; here words and files become its arguments.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from bot import growth, prompt, sizes
from bot.cli.material import Material
from bot.cli.orders import Operations
from bot.prompt import Parsed, Source, Words
from diffusion.registry import ModelSpec
from diffusion.request import Request, Told

GROWN: Mapping[str, Callable[[Request, str, Any, ModelSpec, growth.Draw], Request]] = {
    "upscale": growth.upscaled,
    "zoom": lambda alone, sha256, factor, spec, seed: growth.zoomed(alone, sha256, float(factor), spec, seed),
    "pan": growth.panned,
    "square": lambda alone, sha256, _, spec, seed: growth.squared(alone, sha256, spec, seed),
}
"""What makes a new picture around or out of one, without new words."""
WHOLE = {"upscale", "square"}
"""Those that take a picture of any shape as it is."""
CLASHES: tuple[tuple[Collection[str], Collection[str], str], ...] = (
    ({"upscale"}, {"shape"}, "An upscale is always twice its picture; leave --size and --ar out."),
    ({"square"}, {"shape"}, "A square has the area that the model was trained on; leave --size and --ar out."),
    (GROWN, {"variation"}, "`--variation` turns a picture's own noise; it goes with --vary, and not with --{way}."),
    ({"vary"}, {"variation", "strength"}, "`--variation` turns the picture's noise and `--strength` draws over it; "
     "choose one of them."),
    ({"vary"}, {"seed", "variation_seed"}, "With --vary, `--seed` is that of the new noise, and so is "
     "`--variation-seed`; choose one of them."),
    ({"vary"}, {"blend"}, "A blend begins with its own pictures; leave --vary out."),
)  # fmt: skip
"""Ways with the pictures that do not go together with all of these at once, and the mend."""
KEPT = "prompt", "negative", "steps", "guidance", "sampler"
"""What of a picture's own making gives way to what is asked for now."""
OPTIONS = {"image": "--image-prompt FILE", "style": "--style FILE"}


def perform(parsed: Parsed, words: Words, material: Material, operations: Operations, spec: ModelSpec) -> Parsed:
    """What the words alone ask for, with what is to be done with pictures. `Told` where both cannot be."""
    way, given = operations.way, words.values
    _check_clashes(way, {*given, *(["blend"] if operations.blend else [])})

    def seed() -> int:
        return prompt.draw() if given.get("seed") is None else given["seed"]

    if way == "vary":
        parsed = _varied(parsed, words, material, operations, seed)
    elif way and material.source:
        parsed = _grown(parsed, material, operations, spec, seed)
    request = parsed.request
    if material.mask:
        strength = growth.STRENGTH[operations.vary] if way == "vary" else growth.MASKED
        request = growth.masked(request, material.mask, strength)
    request = growth.guided(request, material.references)
    if operations.blend and not spec.ip_adapter.source:
        request = replace(request, strength=spec.strength)
    if "strength" in given and (request.source or operations.blend):
        request = replace(request, strength=given["strength"])
    return replace(parsed, request=request)


def _check_clashes(way: str, given: Collection[str]) -> None:
    for ways, several, mend in CLASHES:
        if way in ways and {*several} <= {*given}:
            raise Told(mend.format(way=way))


def _grown(parsed: Parsed, material: Material, operations: Operations, spec: ModelSpec, seed: growth.Draw) -> Parsed:
    request, source, way = parsed.request, material.source, operations.way
    assert source is not None
    alone = replace(request, width=source.width, height=source.height) if way in WHOLE else request
    grown = GROWN[way](alone, source.sha256, getattr(operations, way), spec, seed)
    grown = replace(grown, count=request.count, stop=request.stop, tile=request.tile)
    notes = (*parsed.notes, *growth.less_than_twice(alone, grown, spec), *_note_of_cropping(source, way))
    return replace(parsed, request=grown, notes=notes)


def _note_of_cropping(source: Source, way: str) -> tuple[str, ...]:
    if way in WHOLE or max(source.width, source.height) <= sizes.WIDEST * min(source.width, source.height):
        return ()
    return (
        f"{source.width}×{source.height} is narrower than anything that is drawn, so its middle is taken: one side is "
        f"at most {sizes.WIDEST:.0f} times the other.",
    )


def _varied(parsed: Parsed, words: Words, material: Material, operations: Operations, seed: growth.Draw) -> Parsed:
    """By its own noise where the picture says how it was made, with that model, at that size and with what it was made
    from; else, and where a mask or a strength asks for it, by drawing over it."""
    request, given, how = parsed.request, words.values, operations.vary
    sha256 = material.source.sha256 if material.source else ""
    alone = _as_made(request, words, material)
    over = growth.drawn_over(alone or request, sha256, growth.STRENGTH[how], request.count, seed)
    over = replace(over, stop=request.stop, tile=given.get("tile", over.tile))
    if material.mask or "strength" in given or alone is None:
        return _without_noise(replace(parsed, request=over), words)
    made = growth.variation(alone, sha256, how, request.count, seed)
    note = _note_of_missing(growth.guided(made, material.references), material)
    if note or not made.variation:
        return _without_noise(replace(parsed, request=over, notes=(*parsed.notes, *note)), words)
    wanted = {name: given[name] for name in ("variation", "variation_seed", "stop", "tile") if name in given}
    return replace(parsed, request=replace(made, **wanted))


def _note_of_missing(request: Request, material: Material) -> tuple[str, ...]:
    """Where the request's pictures are not all here, for the person: so that its noise cannot be turned."""
    roles = sorted({each.role for each in request.references if each.picture not in material.pictures})
    if not roles:
        return ()
    return (
        f"This picture was made with others that are not here ({', '.join(roles)}), so it is drawn over. To turn its "
        f"noise instead, name them too: {OPTIONS.get(roles[0], f'--control {roles[0]}=FILE')}.",
    )


def _as_made(request: Request, words: Words, material: Material) -> Request | None:
    """The request that made the picture, with the new words and settings; `None` where it is unknown, or it shall be
    another picture."""
    own = material.parameters and material.parameters.request()
    if not own or own.model != request.model or material.mask:
        return None
    if "shape" in words.values and (own.width, own.height) != (request.width, request.height):
        return None
    return replace(own, **{name: getattr(request, name) for name in KEPT})


def _without_noise(parsed: Parsed, words: Words) -> Parsed:
    """What is drawn over has no noise of its own to turn."""
    if {"variation", "variation_seed"} & {*words.values}:
        raise Told(
            "`--variation` turns the noise that a picture was made from, which cannot be made again here; say how far "
            "to leave it with `--strength`."
        )
    return parsed
