"""Names the noun that a picture shows: a small classifier, trained apart from the model on pictures drawn apart.

It also knows “nothing”: empty backgrounds and formless blobs, so that mush does not pass for a thing.
It looks at shapes; colours and places are measured, not judged (`measure.py`).
"""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_model, save_model
from torch import Tensor, nn
from torch.nn import functional

from .pixels import tensor

GROUPS = 8
HEAD = 128
"""The least width before the answers."""
AT_ONCE = 64


class Judge(nn.Sequential):
    """Pictures -> one score for each answer; a halving for each width, then the loudest over the picture."""

    def __init__(self, answers: Sequence[str], widths: Sequence[int]):
        layers: list[nn.Module] = []
        for before, after in zip((3, *widths), widths, strict=False):
            first = before == 3
            layers += [nn.Conv2d(before, after, 5 if first else 3, stride=2, padding=2 if first else 1)]
            layers += [nn.GroupNorm(GROUPS, after), nn.SiLU()]
            layers += [] if first else [Residual(after)]
        head = max(HEAD, widths[-1])
        layers += [nn.Conv2d(widths[-1], head, 3, padding=1), nn.SiLU(), Loudest(), nn.Linear(head, len(answers))]
        super().__init__(*layers)
        self.answers, self.widths = tuple(answers), tuple(widths)

    @torch.no_grad()
    def nouns(self, pictures: Sequence[Image.Image]) -> list[str]:
        """The answer for each picture; any sizes, of things as large as in the lessons."""
        best: list[int] = []
        for _, alike in groupby(pictures, key=lambda picture: picture.size):
            some = list(alike)
            for at in range(0, len(some), AT_ONCE):
                best += self(tensor(some[at : at + AT_ONCE])).argmax(1).tolist()
        return [self.answers[number] for number in best]

    def save(self, path: Path) -> None:
        """In fp16, with its widths; it is loaded into fp32 again."""
        save_model(self.to(torch.float16), str(path), metadata={"widths": json.dumps(self.widths)})


class Residual(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.norm, self.conv = nn.GroupNorm(GROUPS, width), nn.Conv2d(width, width, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        return features + self.conv(functional.silu(self.norm(features)))


class Loudest(nn.Module):
    """The greatest answer anywhere in the picture: one thing decides, wherever it stands."""

    def forward(self, features: Tensor) -> Tensor:
        return features.amax((2, 3))  # (batch, channels)


def trained_judge(answers: Sequence[str], weights: Path) -> Judge:
    with safe_open(weights, framework="pt") as file:
        widths = json.loads(file.metadata()["widths"])
    judge = Judge(answers, widths)
    load_model(judge, weights)
    return judge.eval()
