"""Pictures larger than a model draws at once: its calls are cut into overlapping windows that are blended smoothly.

MultiDiffusion (arXiv 2302.08113) in the place of the call: what a denoiser predicts is averaged window by window, so
any sampler, any pipeline and the hub go on as if it were one forward. An autoencoder's halves are cut likewise. Knows
modules by the shape of their first argument, no pipeline.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from inspect import signature
from math import ceil
from typing import Any, TypeVar

import torch

from diffusion.request import Told

STRIDE = 1 / 2
"""Of a window's side: neighbours lie no further apart, so that they overlap by half at least."""

Module = TypeVar("Module", bound=torch.nn.Module)
Place = tuple[slice, slice]


def windowed(module: Module, side: int, *, step: int = 1, together: int = 1, whole: Told | None = None) -> Module:
    """A second `module` over the same parts, whose calls of more than `side` x `side` run in windows of that side.

    Windows begin at multiples of `step`; so many `together` are the rows of one forward. `whole` is raised where the
    first argument is no (rows, channels, height, width); without it such a call runs whole.
    """
    twin: Any = copy(module)
    form = signature(module.forward)

    def forward(*args: Any, **kwargs: Any) -> Any:
        arguments = form.bind(*args, **kwargs).arguments
        main = next(iter(arguments.values()))
        if not isinstance(main, torch.Tensor) or main.ndim != 4:
            if whole:
                raise whole
            return module(*args, **kwargs)
        return _blended(module, arguments, main, list(places(main.shape[2], main.shape[3], side, step)), together)

    twin.forward = forward
    return twin


def windowed_autoencoder(vae: Module, side: int) -> Module:
    """A second autoencoder over the same parts, which encodes and decodes in windows of `side` pixels."""
    twin: Any = copy(vae)
    twin._modules = dict(vae._modules)
    factor = 2 ** (len(twin.config.block_out_channels) - 1)
    twin.encoder = windowed(twin.encoder, side // factor * factor, step=factor)
    twin.decoder = windowed(twin.decoder, side // factor)
    return twin


def places(height: int, width: int, side: int, step: int = 1) -> Iterator[Place]:
    """The windows, row by row; at equal distances, but for the rounding to `step`."""
    for top in _starts(height, side, step):
        for left in _starts(width, side, step):
            yield slice(top, min(height, top + side)), slice(left, min(width, left + side))


def _starts(length: int, side: int, step: int) -> list[int]:
    room = length - side
    count = 1 + ceil(max(0, room) / (STRIDE * side))
    return [round(room * index / max(1, count - 1) / step) * step if room > 0 else 0 for index in range(count)]


def _blended(
    module: Callable[..., Any], arguments: Mapping[str, Any], main: torch.Tensor, windows: list[Place], together: int
) -> Any:
    """One answer for all windows."""
    if len(windows) == 1:
        return module(**arguments)
    blends: list[_Blend] = []
    output: Any = None
    for start in range(0, len(windows), together):
        group = windows[start : start + together]
        output = module(**{name: _cut(value, main.shape, group) for name, value in arguments.items()})
        parts = list(_tensors(output))
        blends = blends or [_Blend(main, group, part) for part in parts]
        for blend, part in zip(blends, parts, strict=True):
            blend.add(group, part)
    return _formed(output, (blend.mean for blend in blends))


class _Blend:
    """The weighted mean of windows, each of which counts less and less towards its edges."""

    def __init__(self, main: torch.Tensor, group: list[Place], part: torch.Tensor) -> None:
        """`part` is what the first group gave; its side may be a multiple of the windows', or a part of it."""
        self._ratio = part.shape[-1] / (group[0][1].stop - group[0][1].start)
        height, width = (round(side * self._ratio) for side in main.shape[2:])
        self._dtype = part.dtype
        self._weight = _fading(part)
        self._sum = part.new_zeros((part.shape[0] // len(group), part.shape[1], height, width), dtype=torch.float32)
        self._weights = part.new_zeros((height, width), dtype=torch.float32)

    def add(self, group: list[Place], part: torch.Tensor) -> None:
        for place, window in zip(group, part.chunk(len(group)), strict=True):  # (rows, channels, h, w)
            rows, columns = (slice(round(each.start * self._ratio), round(each.stop * self._ratio)) for each in place)
            self._sum[:, :, rows, columns] += window * self._weight
            self._weights[rows, columns] += self._weight

    @property
    def mean(self) -> torch.Tensor:
        return (self._sum / self._weights).to(self._dtype)


def _cut(value: Any, shape: torch.Size, group: list[Place]) -> Any:
    """An argument for several windows at once: maps of the picture are cut, all other rows repeated."""
    match value:
        case torch.Tensor() if value.ndim == 4 and value.shape[2:] == shape[2:]:
            return torch.cat([value[:, :, rows, columns] for rows, columns in group])
        case torch.Tensor() if value.ndim and value.shape[0] == shape[0]:
            return torch.cat([value] * len(group))
        case dict():
            return {name: _cut(item, shape, group) for name, item in value.items()}
        case list() | tuple():
            return type(value)(_cut(item, shape, group) for item in value)
    return value


def _tensors(output: Any) -> Iterator[torch.Tensor]:
    match output:
        case torch.Tensor():
            yield output
        case dict():
            yield from output.values()
        case tuple():
            yield from output


def _formed(output: Any, tensors: Iterator[torch.Tensor]) -> Any:
    """The tensors in the form of an output."""
    match output:
        case torch.Tensor():
            return next(tensors)
        case dict():
            return type(output)(**{name: next(tensors) for name in output})
    return tuple(tensors)


def _fading(part: torch.Tensor) -> torch.Tensor:
    """(h, w), float32: 1 in the middle, almost nothing at the edges."""
    height, width = (torch.hann_window(side + 2, periodic=False)[1:-1] for side in part.shape[2:])
    return (height[:, None] * width[None, :]).to(part.device)
