"""How often a negative prompt takes away what it names."""

from collections.abc import Sequence

import numpy as np

from .marks import Marks
from .removals import Removal
from .studio import Studio


def removed(studio: Studio, removals: Sequence[Removal]) -> Marks:
    """Shares: of pictures in which the thing is seen without a negative prompt, and of those the ones where it goes and
    the rest stays."""
    made = studio.imagine([removal.prompt for removal in removals], [removal.seed for removal in removals])
    named = [removal.seen(picture) for removal, picture in zip(removals, made, strict=True)]
    asked = [(removal, name) for removal, name in zip(removals, named, strict=True) if name]
    again = studio.imagine(
        [removal.prompt for removal, _ in asked], [removal.seed for removal, _ in asked], [name for _, name in asked]
    )
    gone = [
        removal.seen(picture) != name and removal.kept(picture)
        for (removal, name), picture in zip(asked, again, strict=True)
    ]
    return {"seen without": len(asked) / len(removals), "removed": float(np.mean(gone)) if gone else 0.0}
