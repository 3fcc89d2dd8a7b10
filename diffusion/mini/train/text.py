"""Teaches the text encoder from words alone: what the caption says must be readable from its output.

The heads that read it (nouns, colours, background, position, size, count, relation) are thrown away afterwards.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from diffusion.mini.backgrounds import SETTINGS
from diffusion.mini.captions import caption
from diffusion.mini.objects import DRAW
from diffusion.mini.palette import COLOURS, PLAIN
from diffusion.mini.scenes import PLACES, RADII, Kind, Scene, sample_scene

from .config import Config
from .loop import Pupil, Run, train


def leading(scene: Scene) -> list[tuple[str, str]]:
    """(noun, colour) of the things, from left to right or from top to bottom; “-” where there is none."""
    down = scene.relation in ("above", "below")
    ordered = sorted(scene.things, key=lambda thing: thing.y if down else thing.x) if scene.relation else scene.things
    shown = ordered if scene.relation else ordered[:1]
    return [(thing.noun, thing.colour) for thing in shown] + [("-", "-")] * (2 - len(shown))


QUESTIONS: dict[str, tuple[tuple[object, ...], Callable[[Scene], object]]] = {
    "first noun": (("-", *DRAW), lambda scene: leading(scene)[0][0]),
    "first colour": (("-", *COLOURS), lambda scene: leading(scene)[0][1]),
    "second noun": (("-", *DRAW), lambda scene: leading(scene)[1][0]),
    "second colour": (("-", *COLOURS), lambda scene: leading(scene)[1][1]),
    "background": ((*PLAIN, *SETTINGS), lambda scene: scene.background),
    "position": ((None, *PLACES), lambda scene: scene.position),
    "kind": (get_args(Kind), lambda scene: scene.kind),
    "count": ((0, 1, 2, 3), lambda scene: len(scene.things)),
    "size": (tuple(RADII), lambda scene: scene.size),
    "relation": ((False, True, None), lambda scene: scene.relation and scene.relation in ("above", "below")),
}
"""What is asked of a caption: the possible answers, and the true one."""


def tokenizer_of(folder: Path) -> CLIPTokenizer:
    return CLIPTokenizer.from_pretrained(folder / "tokenizer")


def tokens(tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """(texts, tokens) of token numbers, padded with the end mark."""
    return tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids


def new_text_encoder(config: Config, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    width = config.text_width
    marks: dict[str, Any] = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id")}
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=width * 4,
            projection_dim=width,
            num_hidden_layers=config.text_layers,
            num_attention_heads=4,
            max_position_embeddings=config.tokens,
            pad_token_id=marks["eos_token_id"],
            **marks,
        )
    )


def train_text(config: Config, run: Run) -> None:
    tokenizer = tokenizer_of(run.folder)
    pupil = nn.ModuleDict(
        {
            "encoder": new_text_encoder(config, tokenizer),
            "heads": nn.ModuleList(nn.Linear(2 * config.text_width, len(QUESTIONS[name][0])) for name in QUESTIONS),
        }
    )

    def loss(step: int, randomness: Generator) -> Tensor:
        seeds = torch.randint(config.data.first_seed, 2**31, (config.text.batch,), generator=randomness).tolist()
        scenes = [sample_scene(seed) for seed in seeds]
        ids = tokens(
            tokenizer, [caption(scene, random.Random(seed)) for scene, seed in zip(scenes, seeds, strict=True)]
        )
        summary = summaries(pupil["encoder"](ids.to(run.device)).last_hidden_state, ids.to(run.device))
        losses = []
        for (answers, read), head in zip(QUESTIONS.values(), pupil["heads"], strict=True):  # type: ignore[arg-type]
            truth = torch.tensor([answers.index(read(scene)) for scene in scenes], device=run.device)
            losses.append(functional.cross_entropy(head(summary).float(), truth))
        return torch.stack(losses).sum()

    trained: Any = train("text", Pupil(pupil), config.text, run, loss)
    if trained:
        trained["encoder"].save_pretrained(run.folder / "text_encoder")


def summaries(states: Tensor, ids: Tensor) -> Tensor:
    """(texts, tokens, width) -> (texts, 2 width): the mean over the words, and the state at the first end mark."""
    end = ids == ids[:, -1:]
    words = (~end).unsqueeze(-1)
    mean = (states * words).sum(1) / words.sum(1)
    return torch.cat([mean, states[torch.arange(len(ids)), end.int().argmax(1)]], dim=1)
