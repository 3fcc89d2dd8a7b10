"""The card, or the CPU, that the models run on, and the numbers that suit it."""

import os

import torch

from diffusion.registry import Hardware
from diffusion.request import Told


def choose_device(wanted: str) -> torch.device:
    """ "auto" takes CUDA, then Apple's MPS, then the CPU. `Told` where a wanted one is not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(name for name, present in there.items() if present))
    device = torch.device(wanted)
    if not there[device.type] or (device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count()):
        raise Told(f'This machine has no device “{wanted}”; set device = "auto" in the configuration.')
    return device


def choose_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """Half precision on cards, bfloat16 where the card itself knows it; single precision on the CPU."""
    if wanted != "auto":
        return {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}[wanted]
    match device.type:
        case "cuda":
            known = torch.cuda.get_device_capability(device) >= (8, 0)
            return torch.bfloat16 if known else torch.float16
        case "mps":
            return torch.float16
    return torch.float32


def enter(device: torch.device, *, deterministic: bool) -> None:
    """Makes a card the current one of this thread; `deterministic` lets it compute the same bits every time, where it
    knows how, and torch warns where it does not."""
    if device.type == "cuda":
        torch.cuda.set_device(device)
    if device.type == "cuda" and deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when the first matrix is multiplied
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # pyright: ignore[reportAttributeAccessIssue]
        torch.backends.cudnn.benchmark = False


def hardware(device: torch.device, dtype: torch.dtype) -> Hardware:
    name, memory, cards = device.type, 0.0, 1
    if device.type == "cuda":
        card = torch.cuda.get_device_properties(device)
        name, memory, cards = card.name, card.total_memory / 2**30, torch.cuda.device_count()
    if device.type == "mps":
        memory = torch.mps.recommended_max_memory() / 2**30
    kind = str(dtype).removeprefix("torch.")
    return Hardware(device=device.type, name=name, memory=memory, dtype=kind, cards=cards)
