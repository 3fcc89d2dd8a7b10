"""Pictures to tensors and back. Values are -1 to 1, as diffusers has them."""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def tensor(pictures: Sequence[Image.Image] | np.ndarray) -> Tensor:
    """RGB pictures of one size -> (pictures, 3, rows, columns)."""
    array = np.stack([np.asarray(picture) for picture in pictures])  # (pictures, rows, columns, 3) uint8
    values = torch.from_numpy(array).permute(0, 3, 1, 2).float() / 127.5 - 1
    return values.contiguous(memory_format=torch.channels_last)


def pictures(values: Tensor) -> list[Image.Image]:
    """(pictures, 3, rows, columns) -> RGB pictures; what lies outside -1 to 1 is cut off."""
    array = ((values.float().permute(0, 2, 3, 1) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return [Image.fromarray(picture) for picture in array.numpy()]
