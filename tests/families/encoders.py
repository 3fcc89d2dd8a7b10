"""Text and image encoders a few channels wide, each of its real class."""

from collections.abc import Callable
from typing import Any

from transformers import (
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    Gemma2Config,
    Gemma2Model,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen3Config,
    T5Config,
    T5EncoderModel,
)

from tests.families import words


def clip(kind: Callable[[CLIPTextConfig], Any] = CLIPTextModel, width: int = 32) -> Any:
    tokenizer: Any = words.clip()
    first, last = tokenizer.bos_token_id, tokenizer.eos_token_id
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=words.LONGEST, projection_dim=32, bos_token_id=first, eos_token_id=last,
        pad_token_id=last,
    )  # fmt: skip
    return kind(config).eval()


def clip_vision() -> CLIPVisionModelWithProjection:
    config = CLIPVisionConfig(
        hidden_size=32, intermediate_size=37, projection_dim=32, num_hidden_layers=2, num_attention_heads=4,
        image_size=32, patch_size=8,
    )  # fmt: skip
    return CLIPVisionModelWithProjection(config).eval()


def clip_pictures() -> CLIPImageProcessor:
    return CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})


def t5(width: int = 32) -> T5EncoderModel:
    config = T5Config(vocab_size=64, d_model=width, d_ff=37, d_kv=8, num_heads=4, num_layers=2, pad_token_id=0)
    return T5EncoderModel(config).eval()


def gemma() -> Gemma2Model:
    config = Gemma2Config(
        vocab_size=len(words.gemma()), hidden_size=32, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=16, max_position_embeddings=2048,
    )  # fmt: skip
    return Gemma2Model(config).eval()


def qwen3(kind: Callable[[Qwen3Config], Any], layers: int) -> Any:
    config = Qwen3Config(
        vocab_size=len(words.qwen()), hidden_size=16, intermediate_size=16, num_hidden_layers=layers,
        num_attention_heads=2, num_key_value_heads=1, head_dim=8, max_position_embeddings=1024,
    )  # fmt: skip
    return kind(config).eval()


def qwen_vision_language() -> Qwen2_5_VLForConditionalGeneration:
    spoken = {
        "vocab_size": len(words.qwen()), "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 1024, "rope_theta": 1e6,
        "bos_token_id": None, "eos_token_id": 0,
        "rope_scaling": {"type": "mrope", "rope_type": "default", "mrope_section": [1, 1, 2]},
    }  # fmt: skip
    seen = {
        "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16,
        "fullatt_block_indexes": [0],
    }  # fmt: skip
    config = Qwen2_5_VLConfig(text_config=spoken, vision_config=seen)
    return Qwen2_5_VLForConditionalGeneration(config).eval()
