"""The models that can be asked for, as config.toml names them, and which of them is the default here.

Knows no torch: what hardware there is, it is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from diffusion.request import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A ControlNet of a model; its name is the role that a reference has."""

    source: str
    """A folder with its config.json and weights, or a hub id."""
    estimator: str = ""
    """For "depth": the folder or hub id of a transformers model that estimates it; without one the picture that is
    sent is taken as the map itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePrompt:
    """The IP-Adapter of a model."""

    source: str = ""
    """A folder or a hub id; nothing where the model has none."""
    weights: str = ""
    """The safetensors file in it, with its folders: "models/ip-adapter_sd15.safetensors"."""
    image_encoder: str = ""
    """The folder in it of the CLIP model that sees the picture: "models/image_encoder"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One `[models.name]` table of config.toml."""

    name: str
    source: str
    """"builtin" for the model in this repository, a folder in the diffusers layout, a hub id "owner/name", or a single
    file of the original layout, "model.safetensors"."""
    config: str = ""
    """Beside a single file: the folder in the diffusers layout with the model's settings and tokenizers, and with the
    weights of the parts that the file lacks."""
    pipeline: str = ""
    """The diffusers class that makes pictures from words, for families that AutoPipeline does not know."""
    description: str = ""
    licence: str = ""
    revision: str = ""
    """A branch, tag or commit of the hub; nothing for its main branch."""
    variant: str = ""
    """For hub models whose half-precision files carry a suffix: "fp16"."""
    lora: str = ""
    """A safetensors file that is merged into its weights: a path, "owner/name/file.safetensors" of the hub, or
    "builtin" for the one that lets the model in this repository draw in four steps."""
    lora_weight: float = 1.0
    memory: float = 0.0
    """GiB of the card that it needs; 0 for one that runs well on a CPU."""
    size: int = 512
    """The side of the square that it was trained on, in pixels."""
    multiple: int = 8
    """Width and height are multiples of this."""
    max_pixels: int = 0
    """The largest width x height; 0 for twice the trained square."""
    steps: int = 30
    guidance: float = 5.0
    sampler: str = "Euler"
    strength: float = 0.6
    """The default denoising strength of image-to-image."""
    guided: bool = True
    """False for few-step models that ignore guidance and the negative prompt; the person is told so."""
    controls: Mapping[str, Control] = field(default_factory=dict)
    """By the roles that they play: "canny", "depth" and what else the owner calls them."""
    ip_adapter: ImagePrompt = ImagePrompt()

    @property
    def pixels(self) -> int:
        return self.max_pixels or 2 * self.size * self.size


@dataclass(frozen=True, slots=True)
class Hardware:
    """What the worker found: `device` is torch's ("cuda", "mps", "cpu"), `memory` in GiB of the card (0 on a CPU),
    `cards` how many such devices the machine has."""

    device: str = "cpu"
    name: str = "cpu"
    memory: float = 0.0
    dtype: str = "float32"
    cards: int = 1


@dataclass(frozen=True, slots=True)
class Registry:
    """The models of this installation, in the order of config.toml."""

    models: Mapping[str, ModelSpec]
    default: str
    """A name of `models`: already chosen, never "auto"."""

    def __getitem__(self, name: str) -> ModelSpec:
        """The model of that name; "" is the default. An unknown one is `Told` with the nearest names."""
        if not name:
            return self.models[self.default]
        if name in self.models:
            return self.models[name]
        near = get_close_matches(name, self.models, n=1)
        hint = f"Did you mean “{near[0]}”?" if near else f"There are: {', '.join(self.models)}."
        raise Told(f"There is no model “{name}”. {hint}")


def choose(models: Mapping[str, ModelSpec], wanted: str, hardware: Hardware) -> str:
    """The default model's name. "auto" takes the one with the largest need that the card's memory meets."""
    if wanted != "auto":
        if wanted not in models:
            raise Told(f"The default model “{wanted}” is not there; set `model` to one of: auto, {', '.join(models)}.")
        return wanted
    fitting = [spec for spec in models.values() if spec.memory <= hardware.memory]
    if not fitting:
        raise Told("No model of the configuration fits this machine; keep [models.mini], which needs no card.")
    return max(fitting, key=lambda spec: spec.memory).name


def is_local(spec: ModelSpec) -> bool:
    """Whether its weights lie on this machine (or are built in) rather than on the hub."""
    source = Path(spec.source).expanduser()
    return spec.source == "builtin" or source.suffix == ".safetensors" or source.exists()
