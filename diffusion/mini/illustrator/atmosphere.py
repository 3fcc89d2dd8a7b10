"""The colours of lands, hours and plain backgrounds."""

from .colours import COLOURS, Colour, mix
from .scene import PLAIN, SPACE, Setting

PLAIN_COLOURS: dict[str, Colour] = COLOURS | {"light blue": (176, 216, 246), "light green": (188, 230, 178)}

GROUND: dict[str, tuple[Colour, Colour]] = {
    "meadow": ((142, 204, 100), (78, 162, 76)),
    "snow": ((244, 248, 253), (214, 226, 242)),
    "sea": ((70, 160, 212), (22, 84, 156)),
    "desert": ((242, 208, 138), (220, 170, 96)),
    "forest": ((112, 160, 84), (66, 112, 62)),
    "city": ((128, 132, 144), (92, 96, 110)),
}
"""From the horizon to the lower edge, by day."""

SCENERY: dict[str, Colour] = {
    "cloud": (252, 252, 254),
    "far": (150, 176, 200),
    "peak": (250, 252, 255),
    "hill": (166, 214, 120),
    "drift": (228, 236, 248),
    "fir": (112, 148, 150),
    "fir snow": (240, 246, 252),
    "wave": (150, 212, 240),
    "foam": (214, 240, 250),
    "mesa": (204, 138, 92),
    "dune": (234, 192, 118),
    "wood far": (122, 176, 130),
    "wood near": (74, 136, 86),
    "trunk": (96, 84, 66),
    "house far": (176, 196, 218),
    "house near": (122, 142, 172),
    "pavement": (182, 184, 192),
    "stripe": (236, 232, 214),
    "tuft": (98, 176, 84),
    "petal": (252, 240, 200),
    "sand": (240, 214, 156),
    "sand dark": (206, 170, 112),
    "flake": (255, 255, 255),
}

SKY: dict[str, tuple[Colour, Colour]] = {
    "day": ((104, 182, 244), (206, 236, 252)),
    "sunset": ((98, 62, 142), (255, 170, 98)),
    "night": ((14, 18, 52), (54, 62, 122)),
}
TINT: dict[str, tuple[Colour, float]] = {
    "day": ((255, 255, 255), 0),
    "sunset": ((132, 50, 96), 0.42),
    "night": ((18, 22, 62), 0.66),
}
"""What an hour does to the colours of the land, and how strongly."""

LIGHTS: dict[str, Colour] = {
    "sun": (255, 222, 92),
    "ray": (255, 238, 158),
    "low sun": (255, 226, 130),
    "halo": (255, 196, 110),
    "moon": (250, 242, 206),
    "crater": (228, 216, 172),
    "star": (255, 250, 224),
    "lamp": (255, 222, 128),
    "nebula": (62, 42, 104),
    "nebula bright": (96, 54, 132),
}
"""What shines by itself, and is the same at every hour."""


def paints_of(setting: Setting) -> dict[str, Colour]:
    if setting.land == PLAIN:
        colour = PLAIN_COLOURS[setting.colour]
        return {"sky": mix(colour, (255, 255, 255), 0.06), "ground": mix(colour, (0, 0, 20), 0.05)}
    if setting.land == SPACE:
        return LIGHTS | {"sky": (14, 12, 38), "ground": (34, 22, 66)}
    tint, share = TINT[setting.hour]
    high, low = (mix(colour, tint, share) for colour in GROUND[setting.land])
    lit = "lamp" if setting.hour != "day" else "window far"
    paints = {name: mix(colour, tint, share) for name, colour in SCENERY.items()} | LIGHTS
    paints |= {"window far": mix((206, 222, 238), tint, share)}
    sky, sky_low = SKY[setting.hour]
    return paints | {"sky": sky, "sky low": sky_low, "ground high": high, "ground": low, "lit": paints[lit]}
