"""The words under a picture: one of the many wordings in which a person may ask for the scene."""

import random

from .backgrounds import SETTINGS
from .scenes import Scene, Thing
from .words import words


def caption(scene: Scene, rng: random.Random, *, plain: bool = False) -> str:
    """A caption of the scene; `plain` leaves out what people put before and after (“a photo of”, “4k”).

    Now and then something is left unsaid (the size, the colour, the side, the background), so that the model
    learns to choose what it is not told.
    """
    text = place(things(scene, rng), scene, rng)
    if extras := seen_besides(scene, rng):
        text += rng.choice((" with ", ", ", " and ")) + " and ".join(extras)
    if plain:
        return text
    return rng.choice([""] * 6 + words().before) + text + rng.choice([""] * 6 + words().after)


def fragment(scene: Scene, rng: random.Random) -> str:
    """One part of the scene alone, as a negative prompt names it: “a sun”, “a red boat”, “at night”."""
    parts = [named(thing, "", rng.random() < 0.7) for thing in scene.things]
    parts += [words().extras[name] for name in scene.extras]
    phrases = words().settings[scene.background] if scene.background in SETTINGS else words().plain
    behind = rng.choice(phrases).format(scene.background, a=article(scene.background))
    return rng.choice([*parts, behind.strip(", ")])


def article(text: str) -> str:
    return ("an " if text[0] in "aeiou" else "a ") + text


def things(scene: Scene, rng: random.Random) -> str:
    if scene.kind == "empty":
        return rng.choice(words().empty)
    sizes = words().sizes[scene.size]
    size = rng.choice(sizes) if sizes and rng.random() < 0.8 else ""
    coloured = rng.random() >= 0.06
    match scene.kind:
        case "several":
            return several(scene, size, coloured, rng)
        case "pair":
            return pair(scene, size, coloured, rng)
        case _:
            return single(scene, size, coloured, rng)


def named(thing: Thing, size: str, coloured: bool) -> str:
    return article(" ".join(filter(None, (size, thing.colour if coloured else "", thing.noun))))


def single(scene: Scene, size: str, coloured: bool, rng: random.Random) -> str:
    text = named(scene.things[0], size, coloured)
    if scene.position and rng.random() < 0.85:
        text += " " + rng.choice(words().positions[scene.position])
    return text


def several(scene: Scene, size: str, coloured: bool, rng: random.Random) -> str:
    count, thing = str(len(scene.things)), scene.things[0]
    if rng.random() < 0.8:
        count = words().counts[count]
    plural = words().nouns[thing.noun][0]
    return " ".join(filter(None, (count, size, thing.colour if coloured else "", plural)))


def pair(scene: Scene, size: str, coloured: bool, rng: random.Random) -> str:
    first, second = (named(thing, size if rng.random() < 0.7 else "", coloured) for thing in scene.things)
    relation = scene.relation or ""
    if rng.random() < 0.3:
        beside = "next to" if relation in ("left", "right") else "and"
        return rng.choice((f"{first} and {second}", f"{second} and {first}", f"{first} {beside} {second}"))
    return rng.choice(words().relations[relation]).format(first, second)


def place(text: str, scene: Scene, rng: random.Random) -> str:
    """The things and where they are, the background behind or before them."""
    if scene.kind != "empty" and rng.random() >= 0.92:
        return text
    name = scene.background
    phrases = words().settings[name] if name in SETTINGS else words().plain
    behind = rng.choice(phrases).format(name, a=article(name))
    if rng.random() < 0.85:
        return text + ("" if behind.startswith(",") else " ") + behind
    return behind.strip(", ") + ", " + text


def seen_besides(scene: Scene, rng: random.Random) -> list[str]:
    extras = []
    for name, side in scene.extras.items():
        if rng.random() < 0.85:
            said = f" on the {side}" if side and rng.random() < 0.7 else ""
            extras.append(words().extras[name] + said)
    return extras
