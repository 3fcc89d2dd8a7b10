"""The words under a picture: one of the many wordings in which a person may ask for the scene.

A caption says nothing that is not so. It may leave unsaid what goes without saying: the colour that a noun has by
itself, daylight, the meadow, the flat style. Now and then it leaves more open, so a negative prompt finds what came
unasked: the sun and other extras, another colour than the noun's own.
"""

import random
from dataclasses import dataclass

from diffusion.mini.words import names_of, words

from .nouns import NOUNS
from .scene import PLAIN, SPACE, Group, Scene

UNSAID_SETTING = 0.06
UNSAID_EXTRA = 0.5
UNSAID_COLOUR = 0.05
"""How often a colour is left unsaid that the noun has not by itself: more, and a banana would seldom come yellow."""
SYNONYM = 0.25
"""How often a synonym takes the place of the usual word."""


def caption(scene: Scene, rng: random.Random, *, plain: bool = False) -> str:
    """A caption of the scene; `plain` leaves out what people put before and after (“a photo of”, “4k”)."""
    return Writer(scene, rng, bare=rng.random() < 0.18).caption(plain)


def fragment(scene: Scene, rng: random.Random) -> str:
    """One part of the scene alone, as a negative prompt names it: “the moon”, “a red boat”, “boats”, “red”, “at night”,
    “pixel art”."""
    writer = Writer(scene, rng, bare=rng.random() < 0.3)
    style = "" if scene.style == "flat" else rng.choice(words().styles[scene.style]["after"])
    parts = [part for group in scene.groups for part in writer.parts_of(group)]
    parts += [rng.choice(words().extras[name]) for name in scene.extras]
    parts += [part.strip(", ") for part in (writer.behind(), style) if part]
    return rng.choice(parts) if parts else writer.caption(True)


def article(text: str) -> str:
    vowel = text[0] in "aeiou" and not text.startswith(("ufo", "one", "uni"))
    return ("an " if vowel else "a ") + text


@dataclass(frozen=True)
class Writer:
    """Words one scene; `bare` leaves the articles out."""

    scene: Scene
    rng: random.Random
    bare: bool

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def caption(self, plain: bool) -> str:
        before, after = self.style()
        text, behind = self.things(), self.behind()
        if behind and not before and self.chance(0.2):
            text = f"{behind.strip(', ')}, {text}"
        else:
            before = before or ("" if plain else self.rng.choice([""] * 12 + words().before))
            text += behind if behind.startswith(",") or not behind else f" {behind}"
        text = before + text + self.extras() + after
        return text if plain else text + self.rng.choice([""] * 12 + words().after)

    def style(self) -> tuple[str, str]:
        """What the style puts before and after the rest; flat goes without saying."""
        if self.scene.style == "flat" and self.chance(0.7):
            return "", ""
        phrases = words().styles[self.scene.style]
        if self.chance(0.5):
            return self.rng.choice(phrases["before"]), ""
        return "", self.rng.choice(phrases["after"])

    def things(self) -> str:
        groups = self.scene.groups
        if not groups:
            return self.rng.choice(words().empty)
        named = [self.named(group) for group in groups]
        if len(groups) == 1:
            where = (
                self.rng.choice(words().positions[self.scene.place]) if self.scene.place and self.chance(0.9) else ""
            )
            return f"{named[0]} {where}".strip()
        unsaid = not self.scene.relation or (self.scene.relation in ("left", "right") and self.chance(0.1))
        template = self.rng.choice(words().relations["" if unsaid else self.scene.relation])
        return template.format(named[0], " and ".join(named[1:]))

    def named(self, group: Group) -> str:
        """“three small red cats”"""
        form = self.form(group)
        sizes = words().sizes[group.size]
        size = self.rng.choice(sizes) if sizes and self.chance(self.size_share) else ""
        text = " ".join(filter(None, (size, self.colour(group), form[group.count > 1])))
        if group.count == 1:
            return text if self.bare else (f"one {text}" if self.chance(0.03) else article(text))
        counts = words().counts[str(group.count)]
        return f"{self.rng.choice(counts) if self.chance(0.25) else counts[0]} {text}"

    def parts_of(self, group: Group) -> tuple[str, str, str]:
        """The group, its noun alone, its colour alone; a colour that the blueprint hides is not there to be named."""
        one, many = self.form(group)
        thing = many if group.count > 1 or self.chance(0.3) else one if self.bare else article(one)
        named = self.named(group)
        return named, thing, named if self.scene.style == "blueprint" else self.synonym(group.colour)

    def form(self, group: Group) -> tuple[str, str]:
        """What the noun is called, one and many."""
        usual, *others = names_of(group.noun)
        return self.rng.choice(others) if others and self.chance(SYNONYM) else usual

    @property
    def size_share(self) -> float:
        """How often a size is said: seldom where it follows from how the things stand to one another."""
        return 0.25 if self.scene.relation in ("on", "behind", "between") else 0.8

    def colour(self, group: Group) -> str:
        own = group.colour in NOUNS[group.noun].usual
        if self.chance(0.5 if own else UNSAID_COLOUR) or (self.scene.style == "blueprint" and self.chance(0.7)):
            return ""
        return self.synonym(group.colour)

    def synonym(self, colour: str) -> str:
        others = words().colours.get(colour, [])
        return self.rng.choice(others) if others and self.chance(SYNONYM) else colour

    def behind(self) -> str:
        setting = self.scene.setting
        if self.scene.groups and self.chance(UNSAID_SETTING):
            return ""
        if setting.land == PLAIN:
            if self.scene.style == "blueprint":
                return ""
            colour = self.synonym(setting.colour)
            phrase = self.rng.choice(words().plain)
            text = phrase.format(colour, a=colour if self.bare else article(colour))
            return f", {text}" if phrase.startswith("{}") else text
        land = self.rng.choice(words().settings[setting.land])
        if setting.land == SPACE:
            return land
        hour = self.hour()
        if hour and self.land_goes_without_saying and self.chance(0.5):
            return hour
        return " ".join(filter(None, (land, hour) if self.chance(0.8) else (hour, land)))

    def hour(self) -> str:
        """When it is: mostly unsaid by day."""
        hour = self.scene.setting.hour
        if hour == "day" and "sun" in self.scene.extras and self.chance(0.3):
            return self.rng.choice(words().sunny)
        share = 0.25 if hour == "day" else 1.0
        return self.rng.choice(words().hours[hour]) if self.chance(share) else ""

    @property
    def land_goes_without_saying(self) -> bool:
        land = self.scene.setting.land
        habits = {group.habit for group in self.scene.groups}
        return bool(habits) and (land == "meadow" if not habits & {"sails", "swims"} else land == "sea")

    def extras(self) -> str:
        """What else is seen, if it is said."""
        said = [self.rng.choice(words().extras[name]) for name in self.scene.extras if not self.chance(UNSAID_EXTRA)]
        return self.rng.choice((" with ", ", ", ", with ")) + " and ".join(said) if said else ""
