"""The memory of the card: how much there is, how much of it is free, and how to give back what is only kept in reserve.

Knows no model. `torch.OutOfMemoryError` is what says that it is full, on every device.
"""

import gc
from typing import Protocol

import psutil
import torch

GIB = 2**30
HOST_SHARE = 0.7
"""Of the machine's memory, what models may fill on a CPU: forwards, the files' cache and other programs need theirs."""


class Allocator(Protocol):
    """The memory that models and forwards share."""

    @property
    def total(self) -> float:
        """Bytes that this process may fill."""
        ...

    @property
    def peak(self) -> float:
        """The most bytes that were in use at a time since the last `reset_peak`."""
        ...

    def reset_peak(self) -> None: ...

    def empty(self) -> None:
        """Frees what nobody uses any more. Slow: only where memory is short."""
        ...


class HostMemory:
    """Of the CPU: the operating system's, which swaps, or ends the process, before it refuses: models leave early."""

    peak = 0.0

    @property
    def total(self) -> float:
        return HOST_SHARE * psutil.virtual_memory().total

    def reset_peak(self) -> None: ...

    def empty(self) -> None:
        gc.collect()


class CardMemory:
    """Of a CUDA card. What other processes hold when this one starts is not counted as there."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        free, _ = torch.cuda.mem_get_info(device)
        self._at_most = free + torch.cuda.memory_reserved(device)

    @property
    def total(self) -> float:
        card = torch.cuda.get_device_properties(self._device).total_memory
        share = torch.cuda.get_per_process_memory_fraction(self._device)  # an owner, or a test, may set less than all
        return min(self._at_most, share * card)

    @property
    def peak(self) -> float:
        return torch.cuda.max_memory_allocated(self._device)

    def reset_peak(self) -> None:
        torch.cuda.reset_peak_memory_stats(self._device)

    def empty(self) -> None:
        gc.collect()  # what fails leaves cycles of frames behind, with tensors in them
        torch.cuda.empty_cache()


class AppleMemory:
    """Of Apple's MPS, which shares it with the CPU and names the most that it recommends."""

    peak = 0.0

    @property
    def total(self) -> float:
        return torch.mps.recommended_max_memory()

    def reset_peak(self) -> None: ...

    def empty(self) -> None:
        gc.collect()
        torch.mps.empty_cache()


def allocator(device: torch.device) -> Allocator:
    match device.type:
        case "cuda":
            return CardMemory(device)
        case "mps":
            return AppleMemory()
    return HostMemory()
