"""What lies behind the things: a plain colour, or a setting with sky, ground, sun, moon, clouds, mountains."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from .palette import PLAIN, Colour, jitter, mix, shade

CLOUD, NIGHT_CLOUD = (250, 250, 252), (170, 170, 196)
MOON, STAR, SUN, RAY = (250, 244, 200), (250, 250, 220), (255, 224, 70), (255, 200, 40)


@dataclass(frozen=True)
class Setting:
    """The colours of a landscape: each pair runs from its upper edge to its lower one."""

    sky: tuple[Colour, Colour]
    ground: tuple[Colour, Colour]
    mountains: Colour = (112, 122, 142)
    clouds: Colour = CLOUD


SETTINGS = {
    "day": Setting(((96, 176, 245), (190, 226, 250)), ((96, 188, 84), (62, 148, 60))),
    "night": Setting(((10, 14, 44), (38, 46, 98)), ((28, 62, 48), (16, 40, 34)), (44, 48, 84), NIGHT_CLOUD),
    "snow": Setting(((176, 198, 218), (222, 232, 240)), ((240, 245, 250), (214, 224, 236))),
    "desert": Setting(((120, 196, 240), (240, 232, 200)), ((236, 204, 130), (212, 168, 92)), (190, 130, 80)),
    "sunset": Setting(((120, 60, 140), (252, 160, 90)), ((92, 60, 72), (56, 36, 56)), (96, 56, 100), NIGHT_CLOUD),
    "sea": Setting(((130, 200, 250), (214, 238, 252)), ((40, 128, 186), (14, 70, 140))),
}

Extras = Mapping[str, str | None]
"""What else is seen (sun, moon, clouds, mountains) and on which side, where that is said."""


@dataclass(frozen=True)
class Backdrop:
    """The square picture being painted; lengths are pixels, `width` its side."""

    picture: Image.Image
    canvas: ImageDraw.ImageDraw
    rng: random.Random

    @property
    def width(self) -> int:
        return self.picture.width

    def gradient(self, top: int, bottom: int, upper: Colour, lower: Colour) -> None:
        down = np.linspace(0, 1, max(1, bottom - top))[:, None, None]  # (rows, 1, 1)
        rows = (np.array(upper) * (1 - down) + np.array(lower) * down).astype(np.uint8)  # (rows, 1, 3)
        self.picture.paste(Image.fromarray(rows.repeat(self.width, 1)), (0, top))

    def disc(self, x: float, y: float, radius: float, fill: Colour) -> None:
        self.canvas.ellipse([x - radius, y - radius, x + radius, y + radius], fill=fill)


def draw_background(picture: Image.Image, rng: random.Random, background: str, extras: Extras) -> None:
    backdrop = Backdrop(picture, ImageDraw.Draw(picture), rng)
    if setting := SETTINGS.get(background):
        draw_setting(backdrop, background, setting, extras)
    else:
        picture.paste(jitter(rng, PLAIN[background], 6), (0, 0, *picture.size))


def draw_setting(backdrop: Backdrop, background: str, setting: Setting, extras: Extras) -> None:
    rng, width = backdrop.rng, backdrop.width
    horizon = int(width * rng.uniform(0.58, 0.68))
    backdrop.gradient(0, horizon, jitter(rng, setting.sky[0], 7), jitter(rng, setting.sky[1], 7))
    if background == "night":
        draw_stars(backdrop, horizon)
    if "mountains" in extras:
        draw_mountains(backdrop, horizon, setting.mountains, snowy=background != "desert")
    backdrop.gradient(horizon, width, jitter(rng, setting.ground[0], 7), jitter(rng, setting.ground[1], 7))
    if background == "sea":
        draw_waves(backdrop, horizon)
    for name, draw in {"sun": draw_sun, "moon": draw_moon}.items():
        if name in extras:
            draw(backdrop, *place_in_sky(backdrop, extras[name]))
    if "clouds" in extras:
        draw_clouds(backdrop, setting.clouds)


def place_in_sky(backdrop: Backdrop, side: str | None) -> tuple[float, float]:
    """The centre of the sun or the moon: on the left, on the right, or (None) anywhere."""
    rng, width = backdrop.rng, backdrop.width
    left, right = rng.uniform(0.14, 0.22), rng.uniform(0.78, 0.86)
    x = {"left": left, "right": right}[side] if side else rng.uniform(0.14, 0.86)
    return width * x, width * rng.uniform(0.13, 0.2)


def draw_stars(backdrop: Backdrop, horizon: int) -> None:
    for _ in range(14):
        x, y = backdrop.rng.uniform(0, backdrop.width), backdrop.rng.uniform(0, horizon * 0.9)
        backdrop.disc(x, y, backdrop.rng.uniform(2, 4), STAR)


def draw_mountains(backdrop: Backdrop, horizon: int, colour: Colour, *, snowy: bool) -> None:
    rng, width = backdrop.rng, backdrop.width
    centres = (rng.uniform(0.1, 0.4), rng.uniform(0.6, 0.9))
    for number, centre in enumerate(centres):
        height, half = rng.uniform(0.28, 0.42) * width, rng.uniform(0.3, 0.42) * width
        x, peak, fill = centre * width, horizon - height, shade(colour, 1 + 0.12 * number)
        backdrop.canvas.polygon([(x - half, horizon), (x, peak), (x + half, horizon)], fill=fill)
        if snowy:
            snow, edge, notch = mix(fill, (255, 255, 255), 0.8), horizon - height * 0.75, horizon - height * 0.66
            corners = [(x - half * 0.25, edge), (x, peak), (x + half * 0.25, edge), (x, notch)]
            backdrop.canvas.polygon(corners, fill=snow)


def draw_waves(backdrop: Backdrop, horizon: int) -> None:
    for _ in range(7):
        x, y = backdrop.rng.uniform(0, backdrop.width), backdrop.rng.uniform(horizon + 8, backdrop.width)
        backdrop.canvas.rectangle([x - 20, y - 2, x + 20, y + 2], fill=(120, 190, 226))


def draw_sun(backdrop: Backdrop, x: float, y: float) -> None:
    reach = backdrop.width * 0.125
    for ray in range(8):
        angle = ray * math.pi / 4
        end = (x + reach * math.cos(angle), y + reach * math.sin(angle))
        backdrop.canvas.line([(x, y), end], fill=RAY, width=9)
    backdrop.disc(x, y, backdrop.width * 0.08, SUN)


def draw_moon(backdrop: Backdrop, x: float, y: float) -> None:
    """A crescent: a disc with a second disc taken away."""
    radius = backdrop.width * 0.095
    mask = Image.new("L", backdrop.picture.size, 0)
    pen = ImageDraw.Draw(mask)
    pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
    pen.ellipse([x - radius * 0.35, y - radius * 1.15, x + radius * 1.5, y + radius * 0.8], fill=0)
    backdrop.picture.paste(MOON, (0, 0, *backdrop.picture.size), mask)


def draw_clouds(backdrop: Backdrop, colour: Colour) -> None:
    rng, width = backdrop.rng, backdrop.width
    centres = [(rng.uniform(low, low + 0.25), rng.uniform(0.12, 0.26)) for low in (0.15, 0.6)]
    for x, y in centres:
        for across, down, radius in ((-0.08, 0.015, 0.05), (0, -0.015, 0.07), (0.085, 0.015, 0.052)):
            left, right = (x + across - radius) * width, (x + across + radius) * width
            top, bottom = (y + down - radius * 0.7) * width, (y + down + radius) * width
            backdrop.canvas.ellipse([left, top, right, bottom], fill=colour)
