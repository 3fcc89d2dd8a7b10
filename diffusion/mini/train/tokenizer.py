"""Learns the byte-pair tokenizer from captions, in CLIP's format.

The library breaks ties by chance: two runs give tokenizers that differ a little, and weights fit only their own.
"""

import json
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from .config import Config
from .data import texts

ENDS, START, END = "</w>", "<|startoftext|>", "<|endoftext|>"
SPLIT = r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
"""CLIP's own pattern."""


def train_tokenizer(config: Config, folder: Path) -> None:
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix=ENDS, unk_token=END))
    tokenizer.normalizer = normalizers.Sequence(  # type: ignore[assignment]
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(  # type: ignore[assignment]
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    room = config.tokenizer.words - len(alphabet) - 2  # every byte also as a word's end, and the two marks
    trainer = trainers.BpeTrainer(
        vocab_size=room, end_of_word_suffix=ENDS, initial_alphabet=alphabet, special_tokens=[], show_progress=False
    )
    tokenizer.train_from_iterator(texts(folder), trainer)
    save(*clip_tables(tokenizer.to_str(), sorted(alphabet)), config, folder)


def clip_tables(tokenizer: str, alphabet: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The vocabulary and the merges, with every byte also as the end of a word, as in CLIP."""
    tables = json.loads(tokenizer)["model"]
    vocabulary = dict(tables["vocab"])
    for token in [letter + ENDS for letter in alphabet] + [START, END]:
        vocabulary.setdefault(token, len(vocabulary))
    merges = [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in tables["merges"]]
    return vocabulary, merges


def save(vocabulary: dict[str, int], merges: list[tuple[str, str]], config: Config, folder: Path) -> None:
    kind: Any = CLIPTokenizer  # its hints know no merges as pairs
    tokenizer = kind(vocab=vocabulary, merges=merges, model_max_length=config.tokenizer.tokens)
    tokenizer.save_pretrained(folder / "tokenizer")
