"""How often a negative prompt takes away what it names."""

from collections.abc import Sequence

import numpy as np

from .marks import Namer
from .removals import Removal
from .studio import Studio


def removed(studio: Studio, judge: Namer, removals: Sequence[Removal]) -> dict[str, float]:
    """Shares: of pictures in which the thing is seen without a negative prompt, beside the noun that was asked for, and
    of those the ones where it goes and the rest stays; no such share where it was never seen."""
    made = studio.imagine([removal.prompt for removal in removals], [removal.seed for removal in removals])
    found = [
        (removal, name)
        for removal, picture, noun in zip(removals, made, judge(made), strict=True)
        if (name := removal.seen(picture)) and noun == removal.noun
    ]
    told = {"seen without": len(found) / len(removals)}
    if not found:
        return told
    again = studio.imagine(
        [removal.prompt for removal, _ in found], [removal.seed for removal, _ in found], [name for _, name in found]
    )
    gone = [
        noun == removal.noun and removal.seen(picture) != name and removal.kept(picture)
        for (removal, name), picture, noun in zip(found, again, judge(again), strict=True)
    ]
    return told | {"removed": float(np.mean(gone))}
