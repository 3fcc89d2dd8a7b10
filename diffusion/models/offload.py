"""A model that does not fit the card whole: its denoiser stays there, its other parts come while they run.

Knows parts and where they are; not when they run, nor who asks. diffusers' own offloading cannot be used: it moves the
parts of one pipeline's call in their order, and here the calls of many are under way.
"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from accelerate.hooks import ModelHook, add_hook_to_module
from accelerate.utils.operations import send_to_device

HOST = torch.device("cpu")

Move = Callable[[torch.nn.Module, torch.device], Any]


def parts(pipeline: Any) -> Iterator[tuple[str, torch.nn.Module]]:
    """What can be moved by itself; of an autoencoder its halves. Each comes once."""
    seen: set[int] = set()
    for name, part in pipeline.components.items():
        if not isinstance(part, torch.nn.Module):
            continue
        halves = [(f"{name}.{half}", getattr(part, half, None)) for half in ("encoder", "decoder")]
        whole = not (hasattr(part, "encode") and all(isinstance(half, torch.nn.Module) for _, half in halves))
        for each, module in [(name, part)] if whole else halves:
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield each, module


def size(module: torch.nn.Module) -> int:
    """Bytes of its weights."""
    tensors = {id(tensor): tensor for tensor in (*module.parameters(), *module.buffers())}
    return sum(tensor.nbytes for tensor in tensors.values())


def footprint(pipeline: Any, *, slim: bool) -> int:
    """Bytes of the card that the weights take, at most."""
    sizes = {name: size(part) for name, part in parts(pipeline)}
    if not slim:
        return sum(sizes.values())
    staying = sum(bytes for name, bytes in sizes.items() if stays(name))
    return staying + max((bytes for name, bytes in sizes.items() if not stays(name)), default=0)


def stays(name: str) -> bool:
    """Whether a part runs at every step."""
    return name.startswith(("unet", "transformer", "controlnet"))


class Yard:
    """Where the parts of one model come to the card from, one at a time."""

    def __init__(self, device: torch.device, move: Move = torch.nn.Module.to) -> None:
        self._device = device
        self._move = move
        self._here: torch.nn.Module | None = None

    def settle(self, pipeline: Any) -> None:
        """Puts the denoiser onto the card, and a hook that brings it before each of the other parts."""
        owners = {part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)}
        visiting = [part for name, part in parts(pipeline) if not stays(name)]
        for part in visiting:
            add_hook_to_module(part, _Visit(self, self._device))
        for owner in owners - set(visiting):
            self._move(owner, self._device)
        for part in visiting:  # halves went along with their autoencoder, whose small rest is always needed
            self._move(part, HOST)

    def bring(self, part: torch.nn.Module) -> None:
        """The part is on the card afterwards, and the last one that came is not."""
        if self._here is part:
            return
        if self._here is not None:
            self._move(self._here, HOST)
        self._here = None  # where the next line fails, nobody is there
        self._move(part, self._device)
        self._here = part


class _Visit(ModelHook):
    """Also tells diffusers where a part will run, which its pipelines put their inputs by."""

    def __init__(self, yard: Yard, device: torch.device) -> None:
        self._yard = yard
        self.execution_device = device

    def pre_forward(self, module: torch.nn.Module, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        self._yard.bring(module)
        sent: Any = send_to_device((args, kwargs), self.execution_device)
        return sent
