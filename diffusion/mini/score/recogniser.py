"""Tells the style and the setting of a picture by its statistics: colours by height, contrasts by scale and direction.

A linear discriminant (Fisher 1936), fitted in seconds on drawings of its own, slightly blurred at random so that fine
lines, which an autoencoder blurs, do not decide. It knows nothing of nouns: those are for a trained judge.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from diffusion.mini.illustrator import seeds
from diffusion.mini.illustrator.atmosphere import PLAIN_COLOURS
from diffusion.mini.illustrator.drawing import draw
from diffusion.mini.illustrator.lot import scene_of
from diffusion.mini.illustrator.scene import HOURS, LANDS, PLAIN, SPACE, STYLES, Scene, Setting

SIDE = 128
SETTINGS = (*(Setting(land, hour) for land in LANDS for hour in HOURS), Setting(SPACE), Setting(PLAIN))
"""What is told apart; all plain colours are one (the colour itself is measured)."""
EACH = 32
"""Drawings of each class."""
RIDGE = 0.02
"""How much of the average variance is added to every direction's."""
ROWS = 16
VEIL = 0.8
"""The blur, in pixels, through which a style is looked at."""


@dataclass(frozen=True)
class Recogniser:
    """Scores are linear in the features: `weights` (features, classes) and `offsets` (classes,)."""

    features: Callable[[Image.Image], np.ndarray]
    classes: Sequence[Any]
    middle: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray

    def __call__(self, picture: Image.Image) -> Any:
        scores = (self.features(picture) - self.middle) @ self.weights + self.offsets
        return self.classes[int(scores.argmax())]


def fitted(
    features: Callable[[Image.Image], np.ndarray], classes: Sequence[Any], example: Callable[[Any, int], Scene]
) -> Recogniser:
    """Learns to tell the classes apart from examples of each, by seed."""
    rng = random.Random(0)
    rows = [
        [features(softened(draw(example(one, seeds.RECOGNISER + number)).picture, rng)) for number in range(EACH)]
        for one in classes
    ]
    values = np.array(rows)  # (classes, examples, features)
    means, middle = values.mean(axis=1), values.mean(axis=(0, 1))
    within = (values - means[:, None]).reshape(-1, values.shape[-1])
    spread = within.T @ within / len(within)
    spread += np.eye(len(spread)) * RIDGE * np.trace(spread) / len(spread)
    weights = np.linalg.solve(spread, (means - middle).T)  # (features, classes)
    return Recogniser(features, classes, middle, weights, -0.5 * ((means - middle).T * weights).sum(axis=0))


def softened(picture: Image.Image, rng: random.Random) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.1)))


def pixels(picture: Image.Image) -> np.ndarray:
    """(SIDE, SIDE, 3), 0 to 1."""
    picture = picture.convert("RGB")
    picture = picture if picture.size == (SIDE, SIDE) else picture.resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(picture, np.float64) / 255


def look(picture: Image.Image) -> np.ndarray:
    """What tells a style: light and strength of colours, the rim, contrasts at several distances."""
    colours = pixels(picture.filter(ImageFilter.GaussianBlur(VEIL * min(picture.size) / SIDE)))
    light, strength = colours.mean(axis=-1), np.ptp(colours, axis=-1)
    parts = [colours.mean(axis=(0, 1)), colours.std(axis=(0, 1)), rim(colours).mean(axis=0), rim(colours).std(axis=0)]
    shares = (5, 25, 50, 75, 95)
    parts += [np.percentile(light, shares), np.percentile(strength, shares)]
    steps = [np.abs(np.roll(light, step, axis) - light).mean() for step in (1, 2, 3, 4, 6, 9) for axis in (0, 1)]
    parts += [np.log(np.array(steps) + 1e-3), np.array([beat(light), beat(light.T)])]
    jumps = np.abs(np.diff(light, axis=1))
    parts.append(np.log(np.percentile(jumps, (50, 75, 90, 97)) + 1e-3))
    return np.concatenate(parts)


def rim(colours: np.ndarray) -> np.ndarray:
    """The outermost pixels, (pixels, 3)."""
    edges = colours[:3], colours[-3:], colours[:, :3], colours[:, -3:]
    return np.concatenate([edge.reshape(-1, 3) for edge in edges])


def beat(light: np.ndarray) -> float:
    """How much more steps between columns come at every third column: the squares of pixel art."""
    steps = np.abs(np.diff(light, axis=1)).mean(axis=0)
    thirds = sorted(steps[start::3].mean() for start in range(3))
    return float(np.log((thirds[2] + 1e-3) / (thirds[0] + thirds[1] + 2e-3)))


def lie_of_the_land(picture: Image.Image) -> np.ndarray:
    """What tells a setting: the middle colour of each height, and how much it changes along and across."""
    bands = pixels(picture).reshape(ROWS, SIDE // ROWS, SIDE, 3)
    light = bands.mean(axis=-1)
    along, across = np.abs(np.diff(light, axis=2)).mean(axis=(1, 2)), np.abs(np.diff(light, axis=1)).mean(axis=(1, 2))
    return np.concatenate(
        [
            np.median(bands, axis=(1, 2)).ravel(),
            np.log(along + 3e-3) * 0.1,
            np.log(across + 3e-3) * 0.1,
            light.std(axis=(1, 2)),
        ]
    )


def example(style: str, fits: Callable[[Setting], bool], seed: int) -> Scene:
    """A scene in that style and in a setting that fits."""
    for number in range(seed * 1000, seed * 1000 + 1000):
        scene = scene_of(number, style=style)
        if fits(scene.setting):
            return scene
    raise LookupError(style)


@cache
def styles() -> Recogniser:
    """A style looks different by day, at night and on a plain colour: each is a class of its own."""
    classes = [(style, light) for style in STYLES for light in LIGHTS]
    return fitted(look, classes, lambda of, seed: example(of[0], lambda setting: light_of(setting) == of[1], seed))


@cache
def settings() -> Recogniser:
    def there(wanted: Setting, seed: int) -> Scene:
        return example("flat", lambda setting: Setting(setting.land, setting.hour) == wanted, seed)

    return fitted(lie_of_the_land, SETTINGS, there)


LIGHTS = (*HOURS, SPACE, "light", "dark")


def light_of(setting: Setting) -> str:
    """The hour, space, or how light the plain colour is."""
    if setting.land != PLAIN:
        return setting.hour or SPACE
    return "light" if sum(PLAIN_COLOURS[setting.colour]) > 400 else "dark"


def style_of(picture: Image.Image) -> str:
    return styles()(picture)[0]


def setting_of(picture: Image.Image) -> Setting:
    """The land and the hour; a plain setting comes without its colour."""
    return settings()(picture)
