"""Where and how a stage runs, and what the folder of a run remembers of the stages that are done."""

import json
import platform
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Generator

from .config import Machine


@dataclass(frozen=True)
class Run:
    """Each step draws from its own seed, so a resumed run goes on as if never stopped."""

    folder: Path
    device: torch.device
    machine: Machine = field(default_factory=Machine)
    seed: int = 0
    stop_at: int | None = None
    """Stops after this step with a checkpoint, as an interruption would; None runs to the end."""
    until: float = float("inf")
    """Stops with a checkpoint when time.monotonic() has come here."""

    def randomness(self, step: int) -> Generator:
        """On the device: batches are drawn where they are used."""
        return torch.Generator(self.device).manual_seed(self.number(step))

    def lot(self, step: int) -> random.Random:
        """For choices that the program, not the device, has to know."""
        return random.Random(self.number(step))

    def number(self, step: int) -> int:
        return self.seed * 1_000_003 + step

    @property
    def late(self) -> bool:
        return time.monotonic() >= self.until

    def autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.machine.bfloat16)

    def is_done(self, stage: str) -> bool:
        return (self.folder / f"{stage}.json").exists()

    def checkpoint(self, stage: str) -> Path:
        """Where a stage keeps what it needs to go on."""
        return self.folder / f"{stage}.checkpoint.pt"

    def forget(self, stage: str) -> bool:
        """Lets a stage begin anew; whether it had begun."""
        begun = [path for path in (self.checkpoint(stage), self.folder / f"{stage}.json") if path.exists()]
        for path in begun:
            path.unlink()
        return bool(begun)

    def finish(self, stage: str, **figures: Any) -> None:
        """Marks the stage as done, with what the lab book wants to know."""
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else platform.machine()
        told = {"hardware": f"{name}, {torch.get_num_threads()} CPU threads", "torch": torch.__version__, **figures}
        (self.folder / f"{stage}.json").write_text(json.dumps(told, indent=2) + "\n", "utf-8")
