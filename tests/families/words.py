"""Tokenizers that know a few words: CLIP's, T5's, Qwen's and Gemma's, each of its real class."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from sentencepiece import SentencePieceTrainer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer, GemmaTokenizer, Qwen2Tokenizer, T5Tokenizer

from diffusion.mini import WEIGHTS

LONGEST = 32
"""Tokens that the tiny CLIP encoders read."""

WORDS = ["a", "the", "red", "blue", "green", "circle", "square", "star", "on", "background"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPOKEN = [
    " ".join(WORDS),
    "system user assistant Describe the image by detailing the color, shape, size, texture, quantity, text, spatial "
    "relationships of the objects and background:",
]


def clip() -> CLIPTokenizer:
    """The built-in model's, of `LONGEST` tokens."""
    return CLIPTokenizer.from_pretrained(WEIGHTS / "tokenizer", model_max_length=LONGEST)


def t5(longest: int = 16) -> T5Tokenizer:
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(f"▁{word}", -1.0) for word in WORDS] + [(letter, -5.0) for letter in LETTERS + "▁"]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=longest)


def save_pieces(folder: Path) -> None:
    """T5's tokenizer as older folders have it: SentencePiece's own file alone."""
    model = BytesIO()
    lines = iter([" ".join(WORDS), " ".join(LETTERS)] * 50)
    SentencePieceTrainer.train(
        sentence_iterator=lines, model_writer=model, vocab_size=60, hard_vocab_limit=False, minloglevel=2, pad_id=0,
        eos_id=1, unk_id=2, bos_id=-1,
    )  # fmt: skip
    (folder / "tokenizer.json").unlink()
    (folder / "spiece.model").write_bytes(model.getvalue())


@cache
def _pairs(kind: str) -> tuple[dict[str, int], Any]:
    """Byte pairs learned from `SPOKEN`: the vocabulary and the merges."""
    import json

    tokenizer = Tokenizer(models.BPE())
    if kind == "bytes":
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        special, alphabet = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], pre_tokenizers.ByteLevel.alphabet()
    else:
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
        special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *(f"<0x{byte:02X}>" for byte in range(256))]
        alphabet = list(LETTERS + "▁")
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )  # pyright: ignore[reportCallIssue]
    tokenizer.train_from_iterator(SPOKEN, trainer)
    learned = json.loads(tokenizer.to_str())["model"]
    return learned["vocab"], [(first, second) for first, second in learned["merges"]]


def qwen(longest: int = 512) -> Qwen2Tokenizer:
    vocabulary, merges = _pairs("bytes")
    tokenizer = Qwen2Tokenizer(
        vocab=dict(vocabulary), merges=list(merges), model_max_length=longest,
        additional_special_tokens=["<|im_start|>", "<|im_end|>"],
    )  # fmt: skip
    tokenizer.chat_template = CHAT
    return tokenizer


def gemma(longest: int = 2048) -> GemmaTokenizer:
    vocabulary, merges = _pairs("pieces")
    return GemmaTokenizer(vocab=dict(vocabulary), merges=list(merges), model_max_length=longest)
