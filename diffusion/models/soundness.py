"""Whether a model's files can be read at all, looked at before a library reads them: so that the person hears which
of them is broken.

Knows files and their headers, not tensors; whether they fit together shows when they are read.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from diffusion.request import Told

INDEX = "model_index.json"
_PART = re.compile(r"(unet|transformer|vae|text_encoder|tokenizer|scheduler)(_\d)?")
"""What can only be a part."""
SETTINGS = "*config.json", "*.index.json"
"""What describes a part and its weights."""
MEND = "fetch it anew, or mend its table in the configuration"


def is_kind(value: Any) -> bool:
    """Whether it says the class of a part, by library and name; nothing twice is a part that the model does without.
    Other lists are settings."""
    named = isinstance(value, list) and len(value) == 2
    return named and (all(isinstance(word, str) for word in value) or value == [None, None])


def read_index(file: Path, model: str, *, classless: bool = False) -> dict[str, Any]:
    """What a model_index.json says: of which class each part is, and, unless that is named elsewhere (`classless`),
    the whole. `Told` where it does not."""
    index = described(file, f"The model {model}")
    strange = [name for name, kind in index.items() if _PART.fullmatch(name) and not is_kind(kind)]
    if not classless and not isinstance(index.get("_class_name"), str):
        strange.append("_class_name")
    if strange:
        raise Told(f"The model {model} cannot be loaded: {file} names no class for {strange[0]}; {MEND}.")
    return index


def check(folder: Path, parts: Iterable[str], weights: Iterable[str], model: str) -> None:
    """`Told` where one of the parts has no folder, or settings that are no JSON, or where one of the files of weights
    (paths inside the folder) is cut short or something else."""
    for part in parts:
        if not (folder / part).is_dir():
            raise Told(f"The model {model} cannot be loaded from {folder}: it has no folder {part}; {MEND}.")
        for pattern in SETTINGS:
            for file in (folder / part).glob(pattern):
                described(file, f"The model {model}")
    for name in weights:
        check_weights(folder / name, f"The model {model}")


def described(file: Path, what: str) -> dict[str, Any]:
    """The JSON object in a file of `what`, "The model sdxl" for example. `Told` where it is none."""
    try:
        said = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Told(f"{what} cannot be loaded: {file} is damaged; {MEND}.") from error
    if not isinstance(said, dict):
        raise Told(f"{what} cannot be loaded: {file} is no table of settings; {MEND}.")
    return said


def check_weights(file: Path, what: str) -> None:
    """`Told` where a safetensors file is cut short, or something else by that name."""
    try:
        with safe_open(file, "np"):
            pass
    except (OSError, SafetensorError) as error:
        raise Told(f"{what} cannot be loaded: {file} is cut short or no safetensors; {MEND}.") from error
