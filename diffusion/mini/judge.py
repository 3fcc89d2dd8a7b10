"""Names the noun that a picture shows: a small classifier, trained apart from the model on pictures drawn apart.

It also knows “nothing”: empty backgrounds, noise and formless blobs, so that mush does not pass for a thing.
It looks at shapes; colours and places are measured, not judged (`measure.py`).
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_model
from torch import Tensor, nn

from .objects import DRAW
from .pixels import tensor

WEIGHTS = Path(__file__).with_name("judge.safetensors")
NOTHING = "nothing"
ANSWERS = (*DRAW, NOTHING)


class Judge(nn.Sequential):
    """128x128 pictures -> one score for each of ANSWERS; five halvings, then the mean over the picture."""

    def __init__(self, widths: Sequence[int] = (24, 32, 48, 64, 96), answers: int = len(ANSWERS)):
        layers: list[nn.Module] = []
        for before, after in zip((3, *widths), widths, strict=False):
            layers += [nn.Conv2d(before, after, 5 if before == 3 else 3, stride=2, padding=2 if before == 3 else 1)]
            layers += [nn.GroupNorm(8, after), nn.SiLU()]
        layers += [nn.Conv2d(widths[-1], 128, 3, padding=1), nn.SiLU(), Loudest(), nn.Linear(128, answers)]
        super().__init__(*layers)


class Loudest(nn.Module):
    """The greatest answer anywhere in the picture: one thing decides, wherever it stands."""

    def forward(self, features: Tensor) -> Tensor:
        return features.amax((2, 3))  # (batch, channels)


def trained_judge(weights: Path = WEIGHTS) -> Judge:
    judge = Judge()
    load_model(judge, weights)
    return judge.eval()


@torch.no_grad()
def nouns(judge: Judge, pictures: Sequence[Image.Image]) -> list[str]:
    """The noun of each picture, or NOTHING."""
    return [ANSWERS[best] for best in judge(tensor(pictures)).argmax(1).tolist()]
