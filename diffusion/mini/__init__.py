"""The built-in model: where its weights lie. Its drawing, training and scoring live in the files beside this one.

Importing this package loads neither torch nor diffusers.
"""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
"""An ordinary diffusers folder (StableDiffusionPipeline, 128x128, fp16 safetensors)."""
TURBO = Path(__file__).parent / "weights-turbo" / "pytorch_lora_weights.safetensors"
"""A LoRA on them for four steps without guidance (`load_lora_weights`)."""
JUDGE = Path(__file__).with_name("judge.safetensors")
"""The judge of nouns that the score asks."""
