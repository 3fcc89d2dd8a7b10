"""Pictures turned into what ControlNets follow: edges, and how near things are.

Knows pictures and the estimator of depth; not what follows the maps.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from transformers import AutoModelForDepthEstimation

EDGES = 100, 200
"""Canny's thresholds, of 255: gradients above the second are edges, and those above the first where they go on."""
AROUND = 4
"""Which part of its sides is laid around a picture that tiles before its map is drawn."""
SIDE = 384
"""Pixels that an estimator sees where it does not say."""


def edges(image: Image.Image) -> Image.Image:
    """White edges on black (Canny 1986), RGB."""
    return Image.fromarray(cv2.Canny(np.asarray(image.convert("L")), *EDGES)).convert("RGB")


def tiled(draw: Callable[[Image.Image], Image.Image], image: Image.Image) -> Image.Image:
    """The map that `draw` makes of a picture that goes on at its opposite edge, and so does the map."""
    levels = np.asarray(image)  # (height, width, 3)
    tall, wide = (side // AROUND for side in levels.shape[:2])
    drawn = draw(Image.fromarray(np.pad(levels, ((tall, tall), (wide, wide), (0, 0)), "wrap")))
    closed = _closed(_closed(np.asarray(drawn).astype(float), tall).swapaxes(0, 1), wide).swapaxes(0, 1)
    return Image.fromarray(closed.round().astype(np.uint8))


def _closed(levels: np.ndarray, margin: int) -> np.ndarray:
    """Without the margin at both ends of the first axis, which shows what is at the other end: towards an end the
    levels go over into the mean of both. The outer half of the margin is not looked at: a picture ends behind it."""
    body, fade = levels[margin : len(levels) - margin].copy(), margin // 2
    before, after = levels[margin - fade : margin], levels[len(levels) - margin :][:fade]
    own = (0.5 + (np.arange(fade) + 0.5) / (2 * max(1, fade)))[:, None, None]
    body[:fade] = own * body[:fade] + (1 - own) * after
    body[len(body) - fade :] = own[::-1] * body[len(body) - fade :] + (1 - own[::-1]) * before
    return body


class DepthEstimator:
    """A transformers model that says how near each part of a picture is (MiDaS, DPT, Depth Anything)."""

    def __init__(self, model: Any, settings: Mapping[str, Any]) -> None:
        """`settings` are those of its image processor, which itself would want torchvision."""
        self.model = model
        size = settings.get("size") or {}
        side = (size.get("height") or size.get("shortest_edge") or SIDE) if isinstance(size, dict) else int(size)
        multiple = settings.get("ensure_multiple_of") or 1
        self._side = max(multiple, side // multiple * multiple)
        self._mean = torch.tensor(settings.get("image_mean") or [0.5] * 3)[:, None, None]
        self._deviation = torch.tensor(settings.get("image_std") or [0.5] * 3)[:, None, None]

    @classmethod
    def load(cls, folder: Path, device: torch.device, dtype: torch.dtype) -> "DepthEstimator":
        model: Any = AutoModelForDepthEstimation.from_pretrained(str(folder), dtype=dtype, local_files_only=True)
        file = folder / "preprocessor_config.json"
        return cls(model.to(device).eval(), json.loads(file.read_text()) if file.is_file() else {})

    def __call__(self, image: Image.Image) -> Image.Image:
        """White is near and black is far, RGB, of the picture's size."""
        seen = image.resize((self._side, self._side), Image.Resampling.BICUBIC)
        levels = torch.from_numpy(np.asarray(seen).copy()).permute(2, 0, 1) / 255  # (3, side, side)
        pixels = ((levels - self._mean) / self._deviation)[None].to(self.model.device, self.model.dtype)
        near = self.model(pixel_values=pixels).predicted_depth[0].float().cpu()  # (h, w)
        near = (near - near.min()) / (near.max() - near.min()).clamp(min=1e-6)
        drawn = Image.fromarray((near.numpy() * 255).round().astype(np.uint8))
        return drawn.resize(image.size, Image.Resampling.BICUBIC).convert("RGB")
