"""The loop that every stage runs: learning rates, EMA, progress bar, checkpoints. Knows nothing of what is learned."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Generator, Tensor, nn
from tqdm import tqdm

from .config import Stage
from .muon import Muon

NOT_FOR_MUON = ("conv_in", "conv_out", "embedding", "time_")
"""Inputs, outputs and lookups: Muon is meant for the matrices between."""


class Stateful(Protocol):
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any], /) -> Any: ...


@dataclass(frozen=True)
class Run:
    """Where and how a stage runs. Each step draws from its own seed, so a resumed run goes on as if never stopped."""

    folder: Path
    device: torch.device
    seed: int = 0
    stop_at: int | None = None
    """Stops after this step with a checkpoint, as an interruption would; None runs to the end."""

    def randomness(self, step: int) -> Generator:
        return torch.Generator().manual_seed(self.seed * 1_000_003 + step)


@dataclass
class Pupil:
    """What learns: the module, and how fast its parts do (a prefix of their names -> a share of the rate)."""

    module: nn.Module
    gentle: Mapping[str, float] = field(default_factory=dict)
    companions: Mapping[str, Stateful] = field(default_factory=dict)
    """Saved and resumed beside the module, but not trained by the loop."""


def train(
    name: str, pupil: Pupil, stage: Stage, run: Run, loss: Callable[[int, Generator], Tensor]
) -> nn.Module | None:
    """Trains to the stage's last step and returns the averaged (EMA) module; None if the run stops before.

    `loss` is given the number of the step and that step's own randomness.
    """
    module = pupil.module.to(run.device).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    average = copy.deepcopy(module).requires_grad_(False)
    optimizers = optimizers_of(pupil, stage)
    saved: dict[str, Stateful] = {"module": module, "average": average, **pupil.companions}
    saved |= {f"optimizer {number}": optimizer for number, optimizer in enumerate(optimizers)}
    checkpoint = run.folder / f"{name}.checkpoint.pt"
    first = resume(checkpoint, saved, run.device)
    last = stage.steps if run.stop_at is None else min(run.stop_at, stage.steps)
    with tqdm(range(first, last), desc=name, initial=first, total=stage.steps) as bar:
        for step in bar:
            with torch.autocast(run.device.type, torch.bfloat16):
                value = loss(step, run.randomness(step))
            learn(value, module, optimizers, pace(step, stage))
            keep_average(average, module, min(stage.ema, (step + 1) / (step + 10)))
            bar.set_postfix(loss=f"{value.item():.4f}", refresh=False)
            if (step + 1) % stage.save_every == 0:
                save(checkpoint, saved, step + 1)
    save(checkpoint, saved, max(first, last))
    return average.eval() if last == stage.steps else None


def optimizers_of(pupil: Pupil, stage: Stage) -> list[torch.optim.Optimizer]:
    matrices, groups = [], {}
    for name, parameter in pupil.module.named_parameters():
        share = next((share for prefix, share in pupil.gentle.items() if name.startswith(prefix)), 1.0)
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


@torch.no_grad()
def keep_average(average: nn.Module, module: nn.Module, kept: float) -> None:
    for slow, quick in zip(average.parameters(), module.parameters(), strict=True):
        slow.lerp_(quick, 1 - kept)


def save(checkpoint: Path, saved: Mapping[str, Stateful], step: int) -> None:
    """Written whole or not at all: a run killed while it saves keeps its last checkpoint."""
    fresh = checkpoint.with_suffix(".new")
    torch.save({"step": step, **{name: part.state_dict() for name, part in saved.items()}}, fresh)
    fresh.replace(checkpoint)


def resume(checkpoint: Path, saved: Mapping[str, Stateful], device: torch.device) -> int:
    """The step to go on from; 0 where there is no checkpoint."""
    if not checkpoint.exists():
        return 0
    state = torch.load(checkpoint, map_location=device, weights_only=True)
    for name, part in saved.items():
        part.load_state_dict(state[name])
    return state["step"]
