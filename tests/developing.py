"""An engine ticked until it has nothing to do, and what it made."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from diffusion.engine import Engine
from diffusion.request import Event, Finished


def finish(engine: Engine) -> dict[Any, list[Event]]:
    """What is told of each request, by its key."""
    events: dict[Any, list[Event]] = {}
    while engine.busy:
        for key, event in engine.tick():
            events.setdefault(key, []).append(event)
    return events


def picture(events: list[Event]) -> np.ndarray:
    """The first picture of a request that came to its end, (height, width, 3), 0 to 255."""
    last = events[-1]
    assert isinstance(last, Finished), last
    with Image.open(BytesIO(last.pictures[0].image)) as image:
        return np.asarray(image.convert("RGB")).astype(int)
