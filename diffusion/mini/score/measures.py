"""What each category asks of a picture, the noun aside.

Colours, places, counts, sizes and relations are measured on plain backgrounds (`measure.py`), styles and settings are
told by statistics (`recogniser.py`).
"""

from collections.abc import Callable

from PIL import Image

from diffusion.mini.illustrator.scene import Scene

from . import measure, recogniser
from .questions import Question


def measured_rightly(question: Question, picture: Image.Image) -> bool:
    return MEASURES[question.category](question.scene, picture)


def related_rightly(scene: Scene, picture: Image.Image) -> bool:
    first, *others = scene.groups
    return measure.relates(picture, scene.relation, first.colour, [group.colour for group in others])


MEASURES: dict[str, Callable[[Scene, Image.Image], bool]] = {
    "colour": lambda scene, picture: measure.thing_colour(picture) == scene.groups[0].colour,
    "style": lambda scene, picture: recogniser.style_of(picture) == scene.style,
    "setting": lambda scene, picture: recogniser.setting_of(picture) == scene.setting,
    "position": lambda scene, picture: measure.stands_at(picture, scene.place),
    "count": lambda scene, picture: measure.count_of(picture) == scene.groups[0].count,
    "size": lambda scene, picture: measure.size_of(picture, scene.groups[0].noun) == scene.groups[0].size,
    "relation": related_rightly,
    "binding": related_rightly,
}
