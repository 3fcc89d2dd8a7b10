"""Who learns by which optimizer, how fast at which step, and the step itself."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from .config import Stage
from .muon import Muon

NOT_FOR_MUON = ("conv_in", "conv_out", "embedding", "time_", "lora_")
"""Inputs, outputs, lookups and factors of matrices: Muon is meant for the matrices between."""


def optimizers_of(module: nn.Module, gentle: Mapping[str, float], stage: Stage) -> list[torch.optim.Optimizer]:
    """AdamW, and Muon for the matrices if the stage has a rate for it. `gentle` gives parts a share of the rate."""
    matrices, groups = [], {}
    for name, parameter in module.named_parameters():
        share = next((share for prefix, share in gentle.items() if name.startswith(prefix)), 1.0)
        if stage.muon_lr and share == 1.0 and is_matrix(name, parameter):
            matrices.append(parameter)
        elif parameter.requires_grad:
            groups.setdefault(share, []).append(parameter)
    optimizers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(
            [
                {"params": parameters, "lr": stage.lr * share, "full": stage.lr * share}
                for share, parameters in groups.items()
            ],
            betas=(0.9, 0.99),
        )
    ]
    if matrices:
        optimizers.append(Muon([{"params": matrices, "full": stage.muon_lr}], stage.muon_lr))  # type: ignore[list-item]
    return optimizers


def is_matrix(name: str, parameter: nn.Parameter) -> bool:
    return parameter.requires_grad and parameter.ndim in (2, 4) and not any(part in name for part in NOT_FOR_MUON)


def pace(step: int, stage: Stage) -> float:
    """The share of the full learning rates at this step: up, level, down."""
    down = (1 - step / stage.steps) / (1 - stage.decay_from)
    return min(1.0, (step + 1) / stage.warmup, max(0.02, down))


def learn(value: Tensor, module: nn.Module, optimizers: list[torch.optim.Optimizer], share: float) -> None:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["full"] * share
        optimizer.zero_grad(set_to_none=True)
    value.backward()
    nn.utils.clip_grad_norm_(module.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
