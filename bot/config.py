"""config.toml and the environment, as one frozen, validated `Config`.

A key that is unknown or a value that does not fit is `Told` with the file's line. Knows neither Discord nor torch.
"""

import re
import tomllib
from collections.abc import Mapping
from os import environ
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from diffusion import registry
from diffusion.registry import ModelSpec
from diffusion.request import Told
from diffusion.samplers import SAMPLERS, sampler
from diffusion.settings import EngineSettings

ENVIRONMENT = "DARKROOM_"
ROLES = {"image", "style", "blend"}
"""What pictures beside the prompt are without any ControlNet."""
FOLDERS = "loras", "embeddings", "wildcards"
"""Keys of `[engine]`: what the owner's people can name in a prompt."""


REASONS = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "it is a whole number"),
    **dict.fromkeys(("float_parsing", "float_type", "finite_number"), "it is a number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "it is true or false"),
    **dict.fromkeys(("string_type", "path_type"), "it is text in quotes"),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "it is a table of settings"),
    "greater_than_equal": "it is at least {ge:g}",
    "less_than_equal": "it is at most {le:g}",
    "greater_than": "it is above {gt:g}",
    "literal_error": "it is {expected}",
    "string_too_short": "it is empty",
    "too_short": "it holds at least {min_length} item",
}
"""What pydantic finds wrong with a value, by its name for that."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Limits(Section):
    waiting_per_person: int = Field(default=20, ge=1)
    """Requests that one person may have waiting or running."""
    waiting: int = Field(default=500, ge=1)
    """Requests that may be waiting in total; those that run do not count."""
    count: int = Field(default=4, ge=1, le=4)
    """Pictures that one request may ask for."""
    steps: int = Field(default=150, ge=1, le=500)
    """Denoising steps that one request may ask for."""
    prompt: int = Field(default=1000, ge=1, le=1200)
    """Characters of a prompt; the result's message must hold it."""


class Engine(Section):
    device: str = "auto"
    """"auto", "cpu", "mps", "cuda" or "cuda:1"; several with commas between them, or "all" for every card."""
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    """"auto" takes what the device does best."""
    jobs: int = Field(default=8, ge=1, le=64)
    """Requests that share the model of one card at the same time."""
    rows: int = Field(default=16, ge=1, le=256)
    """Rows of the model's trained size in one shared forward; a larger picture counts as more of them."""
    preview_every: float = Field(default=1.5, ge=0.5, le=60)
    """Seconds between two previews of one request."""
    threads: int = Field(default=0, ge=0, le=256)
    """CPU threads of the model's process; 0 lets torch choose."""

    deterministic: bool = False
    """true joins no picture's forwards with a stranger's, so that a card repeats them to the bit; slower."""
    attention: str = "auto"
    """"auto" takes the fastest attention that is there; else one of diffusers' names."""
    compile: Literal["off", "regional", "full"] = "off"
    """"regional" compiles the blocks that a denoiser repeats, "full" all of it, with CUDA graphs."""
    fuse: bool = False
    """true computes queries, keys and values as one matrix product; such a model takes no LoRA."""
    fp8: bool = False
    """true computes the denoiser's matrix products in FP8; needs the extra `fp8` and a card that has it."""
    loras: Path = Path("loras")
    """The folder of LoRAs, safetensors each; a relative one is beside this file, as the two below are."""
    embeddings: Path = Path("embeddings")
    """The folder of textual inversions, safetensors each."""
    wildcards: Path = Path("wildcards")
    """The folder of wildcards: .txt, .yaml and .json."""

    @property
    def settings(self) -> EngineSettings:
        folders: dict[str, Any] = {name: str(getattr(self, name)) for name in FOLDERS}
        return EngineSettings(**self.model_dump(exclude={"jobs", *FOLDERS}), **folders)

    @field_validator("device")
    @classmethod
    def _known_device(cls, value: str) -> str:
        one = r"cpu|mps|cuda(:\d+)?"
        if not re.fullmatch(rf"auto|all|({one})(\s*,\s*({one}))*", value):
            raise ValueError('it is "auto", "cpu", "mps", "cuda", several as "cuda:0,cuda:1", or "all" for every card')
        return value


class Playground(Section):
    host: str = "127.0.0.1"
    """The address that the local chat page listens on. It asks nobody for a password: keep it on loopback."""
    port: int = Field(default=8600, ge=0, le=65535)
    """0 takes any free port."""


class Control(Section):
    """The fields of `registry.Control`."""

    source: str = Field(min_length=1)
    """A folder with a ControlNet's config.json and weights, or a hub id."""
    estimator: str = ""
    """For "depth": the folder or hub id of a transformers model that estimates it."""


class ImagePrompt(Section):
    """The fields of `registry.ImagePrompt`."""

    source: str = ""
    """The folder or hub id of an IP-Adapter."""
    weights: str = ""
    """The safetensors file in it, with its folders."""
    image_encoder: str = ""
    """The folder in it of the CLIP model that sees the picture."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.source and not (self.weights.endswith(".safetensors") and self.image_encoder):
            raise ValueError("an IP-Adapter needs its `weights` (a safetensors file) and its `image_encoder`")
        return self


class Model(Section):
    """The fields of `ModelSpec` but its name."""

    source: str = Field(min_length=1)
    """"builtin", a folder in the diffusers layout, a hub id "owner/name", or a single file "model.safetensors"."""
    config: str = ""
    """Beside a single file: the folder in the diffusers layout with the settings and tokenizers of such a model."""
    pipeline: str = ""
    """The diffusers class that makes pictures from words, for families that AutoPipeline does not know."""
    description: str = ""
    """A few words for the people who choose it."""
    licence: str = ""
    """The licence of the weights."""
    revision: str = ""
    """A branch, tag or commit of the hub."""
    variant: str = ""
    """The suffix of the weights' files, where they have one: "fp16"."""
    lora: str = ""
    """A LoRA that is merged into the weights: a safetensors file, "owner/name/file.safetensors" of the hub, or
    "builtin" for the one that comes with the built-in model."""
    lora_weight: float = Field(default=1.0, gt=0, le=4)
    """How much it counts."""
    memory: float = Field(default=0.0, ge=0)
    """GiB of the card that it needs; 0 where a CPU is enough."""
    size: int = Field(default=512, ge=64, le=4096)
    """The side of the square that it was trained on, in pixels."""
    multiple: int = Field(default=8, ge=1, le=256)
    """Width and height are multiples of this."""
    max_pixels: int = Field(default=0, ge=0)
    """The largest width × height; 0 for twice the trained square."""
    steps: int = Field(default=30, ge=1, le=500)
    """The default number of denoising steps."""
    guidance: float = Field(default=5.0, ge=0, le=50)
    """The default guidance scale."""
    sampler: str = "Euler"
    """The default sampler."""
    strength: float = Field(default=0.6, gt=0, le=1)
    """The default denoising strength of image-to-image."""
    guided: bool = True
    """false for few-step models that ignore guidance and the negative prompt."""
    controls: dict[str, Control] = {}
    """Its ControlNets: `canny = "folder or hub id"`, `depth = {source = "…", estimator = "…"}`."""
    ip_adapter: ImagePrompt = ImagePrompt()

    @field_validator("controls", mode="before")
    @classmethod
    def _named_alone(cls, controls: Any) -> Any:
        """A source alone stands for the table that has no more."""
        if not isinstance(controls, dict):
            return controls
        return {name: {"source": each} if isinstance(each, str) else each for name, each in controls.items()}

    @field_validator("controls")
    @classmethod
    def _known_roles(cls, controls: dict[str, Control]) -> dict[str, Control]:
        for name in controls:
            if not re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", name) or name in ROLES:
                raise ValueError(f"“{name}” is no name for a ControlNet; take lower-case letters, as in “canny”")
        return controls

    @field_validator("sampler")
    @classmethod
    def _known_sampler(cls, value: str) -> str:
        """In any case; under its own name."""
        try:
            return sampler(value).name
        except Told as told:
            raise ValueError(f"it is one of {', '.join(SAMPLERS)}") from told

    def spec(self, name: str) -> ModelSpec:
        controls = {role: registry.Control(**dict(control)) for role, control in self.controls.items()}
        parts = {"controls": controls, "ip_adapter": registry.ImagePrompt(**dict(self.ip_adapter))}
        return ModelSpec(name=name, **{**dict(self), **parts})


def built_in_models() -> dict[str, Model]:
    """What is there without a download, where a configuration names no models."""
    both = {"source": "builtin", "licence": "MIT", "size": 128, "max_pixels": 256 * 256, "sampler": "DDIM"}
    mini = {"description": "built in: 80 things in six styles, no card and no download", "steps": 20, "guidance": 4.0}
    turbo = {
        "description": "built in, in four steps: the quickest, without guidance",
        "lora": "builtin",
        "steps": 4,
        "guidance": 1.0,
        "guided": False,
    }
    return {"mini": Model.model_validate(both | mini), "mini-turbo": Model.model_validate(both | turbo)}


class Config(BaseSettings):
    """Everything that an owner sets. The environment wins over the file: `DARKROOM_ENGINE__JOBS=4`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        use_attribute_docstrings=True,
        env_prefix=ENVIRONMENT,
        env_nested_delimiter="__",
        env_ignore_empty=True,
    )

    model: str = "auto"
    """The default model: a name of [models], or "auto" for the most able one that the card holds."""
    data: Path = Path("data")
    """The folder of the pictures and the database; a relative one is beside this file."""
    database: str = ""
    """An SQLAlchemy URL; nothing for the SQLite file `darkroom.db` in the data folder."""
    discord_token: SecretStr = Field(default=SecretStr(""), validation_alias="DISCORD_TOKEN")
    """The bot's secret; only from the environment variable DISCORD_TOKEN."""
    limits: Limits = Field(default_factory=Limits)
    engine: Engine = Field(default_factory=Engine)
    playground: Playground = Field(default_factory=Playground)
    models: dict[str, Model] = Field(default_factory=built_in_models, min_length=1)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return EnvSettingsSource(settings_cls), init_settings

    @property
    def specs(self) -> dict[str, ModelSpec]:
        return {name: model.spec(name) for name, model in self.models.items()}

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite+aiosqlite:///{quote(str(self.data / 'darkroom.db'))}"

    @property
    def pictures(self) -> Path:
        return self.data / "pictures"


def load(path: Path | None = None) -> Config:
    """The configuration of `path`, or of `config.toml` in this folder where there is one, else the defaults.

    Raises `Told` with the line at fault. Relative folders are taken from the file's own.
    """
    chosen = path or Path("config.toml")
    if path and not path.is_file():
        raise Told(f"There is no configuration file {path}; name one that exists, or leave --config out.")
    text = chosen.read_text("utf-8") if chosen.is_file() else ""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Told(f"{chosen} is not valid TOML: {error}.") from error
    if "DISCORD_TOKEN" in values or "discord_token" in values:
        raise Told(f"{chosen}: the token is a secret; keep it in the environment variable DISCORD_TOKEN instead.")
    try:
        config = Config(**values)
    except ValidationError as error:
        raise Told(_sentence(error.errors()[0], chosen, text)) from error
    _refuse_unknown_variables(config)
    folders = {name: _beside(chosen, getattr(config.engine, name)) for name in FOLDERS}
    engine = config.engine.model_copy(update=folders)
    return config.model_copy(update={"data": _beside(chosen, config.data), "engine": engine})


def _beside(file: Path, folder: Path) -> Path:
    return (file.parent / folder.expanduser()).absolute()


def _sentence(error: ErrorDetails, path: Path, text: str) -> str:
    place = [str(part) for part in error["loc"]]
    variable = ENVIRONMENT + "__".join(place).upper()
    where = f"The environment variable {variable}" if variable in environ else f"{path}, line {_line(text, place)}"
    key = ".".join(place)
    match error["type"]:
        case "extra_forbidden":
            return f"{where}: there is no setting “{key}”; mend its name or take it out."
        case "missing":
            return f"{where}: “{key}” is missing; set it."
    return f"{where}: {key} = {error['input']!r} does not fit: {_reason(error)}."


def _reason(error: ErrorDetails) -> str:
    """In plain words, where they are not our own already."""
    if error["type"] in REASONS:
        return REASONS[error["type"]].format(**error.get("ctx", {}))
    return error["msg"].removeprefix("Value error, ")


def _line(text: str, place: list[str]) -> int:
    """The line of a key, counted from 1: the last line that opens one of its tables or sets it."""
    found, table = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            table = header[1].replace('"', "").replace("'", "")
            name = table
        elif assignment := re.match(r"\s*([\w.\"'-]+)\s*=", line):
            name = ".".join(filter(None, (table, assignment[1].strip("\"'"))))
        else:
            continue
        if ".".join(place) == name or ".".join(place).startswith(name + "."):
            found = number
    return found


def _refuse_unknown_variables(config: Config, variables: Mapping[str, str] = environ) -> None:
    """A mistyped `DARKROOM_…` variable would be ignored in silence; it is told instead."""
    for name in variables:
        if name.startswith(ENVIRONMENT) and name != "DARKROOM_CONFIG":
            first = name.removeprefix(ENVIRONMENT).split("__")[0].lower()
            if first not in type(config).model_fields:
                raise Told(f"The environment variable {name} sets nothing; mend its name or unset it.")
