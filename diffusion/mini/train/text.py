"""Teaches the text encoder from words alone: what the caption says must be readable from its output.

The heads that read it (nouns, colours, place, count …: `questions.py`) are thrown away afterwards.
"""

from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from .config import Config
from .data import ANSWERS, captions_of
from .loop import Pupil, train
from .networks import attend_plainly, made_faster, new_text_encoder, tokenizer_of
from .pictures import choose, many_tokens
from .questions import QUESTIONS
from .run import Run

ASKED_AT_ONCE = 256


def train_text(config: Config, run: Run) -> None:
    recipe, tokenizer, folder = config.text, tokenizer_of(run.folder), run.folder / "data" / "words"
    ids = many_tokens(tokenizer, [wordings[0] for wordings in captions_of(folder)]).to(run.device)
    answers = torch.from_numpy(np.load(folder / ANSWERS)).to(run.device)  # (captions, questions)
    heads = nn.ModuleList(nn.Linear(2 * recipe.width, len(possible)) for possible, _ in QUESTIONS.values())
    pupil: Any = nn.ModuleDict({"encoder": new_text_encoder(config, tokenizer), "heads": heads})
    attend_plainly(pupil["encoder"], run)
    made_faster(pupil["encoder"], run)

    def loss(step: int, randomness: Generator) -> Tensor:
        chosen = choose(len(ids) - config.data.kept_back, recipe.batch, randomness)
        read = readings(pupil, trimmed(ids[chosen].long()))
        right = answers[chosen].long().unbind(1)
        return torch.stack([functional.cross_entropy(*pair) for pair in zip(read, right, strict=True)]).sum()

    if graduate := train("text", Pupil(pupil), recipe, run, loss):
        graduate.module["encoder"].save_pretrained(run.folder / "text_encoder")
        kept = slice(len(ids) - config.data.kept_back, None)
        shares = understood(graduate.module, ids[kept].long(), answers[kept].long())
        run.finish("text", seconds=round(graduate.seconds), read=dict(zip(QUESTIONS, shares, strict=True)))


def readings(pupil: Any, ids: Tensor) -> list[Tensor]:
    """What each head reads from the captions, (captions, possible answers)."""
    summary = summaries(pupil["encoder"](ids).last_hidden_state, ids)
    return [head(summary).float() for head in pupil["heads"]]


@torch.no_grad()
def understood(pupil: Any, ids: Tensor, answers: Tensor) -> list[float]:
    """The share of held-out captions that each head reads rightly."""
    parts = zip(ids.split(ASKED_AT_ONCE), answers.split(ASKED_AT_ONCE), strict=True)
    right = [torch.stack([head.argmax(1) for head in readings(pupil, some)], dim=1) == true for some, true in parts]
    return [round(float(share), 3) for share in torch.cat(right).float().mean(0)]


def trimmed(ids: Tensor) -> Tensor:
    """Without what lies behind the longest text's end mark: attention is causal, so it changes nothing before."""
    end = ids == ids[:, -1:]
    return ids[:, : int(end.int().argmax(1).max()) + 1]


def summaries(states: Tensor, ids: Tensor) -> Tensor:
    """(texts, tokens, width) -> (texts, 2 width): the mean over the words, and the state at the first end mark."""
    end = ids == ids[:, -1:]
    words = (~end).unsqueeze(-1)
    mean = (states * words).sum(1) / words.sum(1)
    return torch.cat([mean, states[torch.arange(len(ids), device=ids.device), end.int().argmax(1)]], dim=1)
