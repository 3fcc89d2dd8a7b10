"""The teacher's guided trajectories (DDIM: the noise decides all that follows), kept at the student's stops."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from .config import SHRINK, Bucket, Config
from .data import captions_of
from .networks import CHANNELS, new_scheduler, text_encoder_of, tokenizer_of, unet_of
from .pictures import choose, many_tokens, tokens
from .run import Run


@dataclass(frozen=True)
class Trajectories:
    """Of one bucket."""

    bucket: Bucket
    ids: Tensor
    """(trajectories, tokens)"""
    stops: Tensor
    """(trajectories, student steps + 1, 4, rows, columns), from pure noise to the finished latents."""


@dataclass(frozen=True)
class Teacher:
    """The guided model, and how it walks."""

    unet: Any
    text: Any
    empty: Tensor
    steps: int
    guidance: float
    student_steps: int

    @classmethod
    def of(cls, config: Config, run: Run) -> "Teacher":
        unet: Any = unet_of(run.folder)
        unet = unet.to(run.device).to(memory_format=torch.channels_last).eval()
        text: Any = text_encoder_of(run.folder)
        empty = tokens(tokenizer_of(run.folder), [""]).to(run.device)
        recipe = config.turbo
        return cls(unet, text.to(run.device).eval(), empty, recipe.teacher_steps, recipe.guidance, recipe.student_steps)

    @torch.no_grad()
    def walk(self, x: Tensor, ids: Tensor) -> Tensor:
        """(count, student steps + 1, 4, rows, columns) from noise (count, 4, rows, columns), tokens (count, tokens)."""
        states = self.text(torch.cat([self.empty.expand(len(ids), -1), ids])).last_hidden_state
        scheduler: Any = new_scheduler()
        scheduler.set_timesteps(self.steps)
        stops = [x]
        for number, time in enumerate(scheduler.timesteps, 1):
            free, asked = self.unet(torch.cat([x, x]), time, states).sample.float().chunk(2)
            x = scheduler.step(free + self.guidance * (asked - free), time, x).prev_sample
            if number % (self.steps // self.student_steps) == 0:
                stops.append(x)
        return torch.stack(stops, dim=1)


def draw_trajectories(config: Config, run: Run) -> bool:
    """Draws what is not there yet, in parts that are whole or not there; False if the run has to stop before. Those of
    an earlier teacher go."""
    teacher: Teacher | None = None
    mine = folder_of(run)
    for old in mine.parent.glob("*"):
        if old != mine:
            shutil.rmtree(old)
    for bucket, ids in captions(config, run):
        folder = mine / bucket.name
        folder.mkdir(parents=True, exist_ok=True)
        count = bucket.at_once(config.turbo.trajectories_at_once)
        for part in tqdm(range(parts_of(config, bucket)), desc=f"trajectories {bucket.name}"):
            path = folder / f"{part:05}.pt"
            if path.exists():
                continue
            if run.late or (run.stop_at is not None and part >= run.stop_at):
                return False
            teacher = teacher or Teacher.of(config, run)
            randomness = run.randomness(part)
            noise = torch.randn(
                (count, CHANNELS, bucket.height // SHRINK, bucket.width // SHRINK),
                generator=randomness,
                device=run.device,
            )
            chosen = ids[choose(len(ids), count, randomness).cpu()].long().to(run.device)
            with run.autocast():
                stops = teacher.walk(noise, chosen)
            fresh = path.with_suffix(".new")
            torch.save((chosen.short().cpu(), stops.half().cpu()), fresh)
            fresh.replace(path)
    return True


def folder_of(run: Run) -> Path:
    """Of the trajectories of the teacher that lies in the run's folder now."""
    return run.folder / "trajectories" / teacher_of(run.folder)


def teacher_of(folder: Path) -> str:
    """Tells one model from another by the weights that decide its trajectories."""
    digest = hashlib.sha256()
    for part in ("unet", "text_encoder"):
        for path in sorted((folder / part).glob("*.safetensors")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def captions(config: Config, run: Run) -> list[tuple[Bucket, Tensor]]:
    """The captions that are walked in each bucket, without those kept back."""
    tokenizer, found = tokenizer_of(run.folder), []
    for bucket in config.data.whole:
        wordings = captions_of(run.folder / "data" / bucket.name)[: -config.data.kept_back]
        found.append((bucket, many_tokens(tokenizer, [texts[0] for texts in wordings])))
    return found


def parts_of(config: Config, bucket: Bucket) -> int:
    """Parts of a bucket's trajectories: its share of all."""
    share = bucket.share / sum(other.share for other in config.data.whole)
    return max(1, round(config.turbo.trajectories * share / bucket.at_once(config.turbo.trajectories_at_once)))


def trajectories_of(config: Config, run: Run) -> list[Trajectories]:
    found = []
    for bucket in config.data.whole:
        paths = sorted((folder_of(run) / bucket.name).glob("*.pt"))
        ids, stops = (torch.cat(column) for column in zip(*map(read, paths), strict=True))
        place = run.device if run.machine.data_on_device else "cpu"
        found.append(Trajectories(bucket, ids.to(place), stops.to(place)))
    return found


def read(path: Path) -> tuple[Tensor, Tensor]:
    return torch.load(path, weights_only=True)
