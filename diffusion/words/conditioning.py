"""What CLIP text encoders make of weighted words and long prompts, as Automatic1111 does it: each chunk is encoded
alone, its words are scaled and its mean is restored, and the chunks stand one behind another.

Knows Stable Diffusion 1.x, 2.x and XL by the parts that a pipeline has, not by their names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

import torch
from diffusers.utils.torch_utils import get_module_execution_device
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from diffusion.request import Request
from diffusion.words import emphasis
from diffusion.words.chunks import Chunk, cut, ids, length
from diffusion.words.inversions import Inversion
from diffusion.words.shelf import named

PROMPTS = "prompt", "negative_prompt"
"""What embeddings stand for in a pipeline's call."""
NO_MEAN = 0.01
"""A mean that is this small beside the numbers that it is of is their rounding; to restore it would blow them up."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A prompt as a UNet reads it."""

    words: torch.Tensor
    """(1, chunks x places, width)"""
    pooled: torch.Tensor | None
    """(1, width): the first chunk as a whole, where the model wants it."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """A text encoder with its tokenizer."""

    tokenizer: Any
    model: Any
    penultimate: bool
    """Whether its last layer but one is read, as SDXL does, rather than the last one."""

    def encode(self, chunks: Sequence[Chunk]) -> Encoded:
        """All chunks in one forward; their weights count in the words alone, not in the whole."""
        device = get_module_execution_device(self.model)
        tokens = torch.tensor([self._places(chunk) for chunk in chunks], device=device)  # (chunks, places)
        output = self.model(tokens, **self._how(chunks))
        hidden = output.hidden_states[-2] if self.penultimate else output[0]  # (chunks, places, width)
        weights = torch.tensor([self._weights(chunk) for chunk in chunks], device=hidden.device)  # (chunks, places)
        pooled = output[0][:1] if output[0].ndim == 2 else None
        return Encoded(weighed(hidden, weights).flatten(0, 1).unsqueeze(0), pooled)

    def _how(self, chunks: Sequence[Chunk]) -> dict[str, Any]:
        """As the pipelines call it, so that what was encoded for a plain prompt is known for a chunk too."""
        if self.penultimate:
            return {"output_hidden_states": True}
        if not getattr(self.model.config, "use_attention_mask", False):
            return {"attention_mask": None}
        places = length(self.tokenizer) + 2
        read = [[1] * (len(chunk.ids) + 2) + [0] * (places - len(chunk.ids) - 2) for chunk in chunks]
        return {"attention_mask": torch.tensor(read, device=get_module_execution_device(self.model))}

    def _places(self, chunk: Chunk) -> list[int]:
        first, last, pad = (getattr(self.tokenizer, f"{mark}_token_id") for mark in ("bos", "eos", "pad"))
        rest = length(self.tokenizer) - len(chunk.ids)
        return [first, *chunk.ids, last, *[pad] * rest]

    def _weights(self, chunk: Chunk) -> list[float]:
        rest = length(self.tokenizer) - len(chunk.ids)
        return [1.0, *chunk.weights, 1.0, *[1.0] * rest]


def weighed(hidden: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Scales the words of each chunk and gives the chunk the mean back that it had: (chunks, places, width) by
    (chunks, places), in float32. A chunk without a mean worth the name keeps what it has."""
    plain = hidden.float()
    scaled = plain * weights.float().unsqueeze(-1)
    before, after = plain.mean(dim=(1, 2), keepdim=True), scaled.mean(dim=(1, 2), keepdim=True)  # (chunks, 1, 1)
    least = NO_MEAN * plain.abs().mean(dim=(1, 2), keepdim=True)
    told = (before.abs() > least) & (after.abs() > least)
    return (scaled * torch.where(told, before / after, 1.0)).to(hidden.dtype)


def encoders(pipeline: Any) -> list[Encoder]:
    """The CLIP text encoders of a pipeline whose UNet reads nothing else; none where it reads otherwise."""
    parts = pipeline.components
    if "unet" not in parts or parts.get("text_encoder_3") is not None:
        return []
    penultimate = "pooled_prompt_embeds" in _taken(pipeline)
    found = [
        Encoder(parts.get(f"tokenizer{suffix}"), parts[f"text_encoder{suffix}"], penultimate)
        for suffix in ("", "_2")
        if parts.get(f"text_encoder{suffix}") is not None
    ]
    clip = all(isinstance(each.model, CLIPTextModel | CLIPTextModelWithProjection) for each in found)
    return found if clip and "prompt_embeds" in _taken(pipeline) else []


def condition(pipeline: Any, request: Request, inversions: Mapping[str, Inversion]) -> dict[str, Any]:
    """The embeddings that the pipeline is given instead of the prompts; nothing where it encodes them just as well
    itself, or encodes without CLIP. Calls the text encoders. Without guidance the negative prompt is not read."""
    found = encoders(pipeline)
    guided = request.guidance > 1 and "negative_prompt_embeds" in _taken(pipeline)
    read = (request.prompt, request.negative) if guided else (request.prompt,)
    if not any(_special(text, found, inversions) for text in read):
        return {}
    zeroed = not request.negative and getattr(pipeline.config, "force_zeros_for_empty_prompt", False)
    positive = [cut(request.prompt, each.tokenizer, inversions) for each in found]
    negative = [cut(request.negative, each.tokenizer, inversions) for each in found] if guided else []
    most = max(map(len, (*positive, *negative)))
    prompt = _joined([each.encode(_filled(chunks, most)) for each, chunks in zip(found, positive, strict=True)])
    values = {"prompt_embeds": prompt.words, "pooled_prompt_embeds": prompt.pooled}
    if guided:
        without = (
            Encoded(torch.zeros_like(prompt.words), _zeros(prompt.pooled))
            if zeroed
            else _joined([each.encode(_filled(chunks, most)) for each, chunks in zip(found, negative, strict=True)])
        )
        values |= {"negative_prompt_embeds": without.words, "negative_pooled_prompt_embeds": without.pooled}
    return {name: value for name, value in values.items() if name in _taken(pipeline)}


def _special(text: str, found: Sequence[Encoder], inversions: Mapping[str, Inversion]) -> bool:
    """Whether the pipeline would read it otherwise than it is meant, or not to its end."""
    if not found:
        return False
    tokenizer = found[0].tokenizer
    return emphasis.weighted(text) or bool(named(text, inversions)) or len(ids(tokenizer, text)) > length(tokenizer)


def _filled(chunks: list[Chunk], most: int) -> list[Chunk]:
    return chunks + [Chunk()] * (most - len(chunks))


def _joined(encoded: Sequence[Encoded]) -> Encoded:
    """Two encoders side by side: their widths add up, and the last one says the whole."""
    return Encoded(torch.cat([each.words for each in encoded], dim=-1), encoded[-1].pooled)


def _zeros(pooled: torch.Tensor | None) -> torch.Tensor | None:
    return None if pooled is None else torch.zeros_like(pooled)


def _taken(pipeline: Any) -> Mapping[str, Any]:
    return signature(type(pipeline).__call__).parameters
