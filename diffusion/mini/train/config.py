"""The recipe: every number that decides what training makes, read from `recipe.toml` and checked.

The file's tables hold for every machine; those under [recipes.NAME] change what differs on one. Knows no torch.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from diffusion.mini.illustrator.lot import Kind
from diffusion.request import Told

RECIPE = Path(__file__).with_name("recipe.toml")
REFERENCE = 128 * 128
"""A stage's batch is told in pictures of this many pixels; larger ones come in smaller batches."""
SHRINK = 4
"""Pixels along each side that one latent stands for."""
Width = Annotated[int, Field(ge=8, multiple_of=8)]
"""Channels of one level of a network, in groups of eight."""


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Machine(Section):
    """What depends on where the training runs; it changes the speed, not what is aimed at."""

    bfloat16: bool = True
    """Forwards in bfloat16 (autocast); weights and their averages stay float32."""
    compile: bool = False
    """torch.compile for the networks. Each bucket is compiled anew: worth it only for long runs of few buckets."""
    data_on_device: bool = False
    """Pictures and latents lie in the device's memory; else on disk and in pinned memory."""
    save_minutes: float = Field(default=5.0, gt=0)
    """Between two checkpoints."""
    grid_minutes: float = Field(default=10.0, gt=0)
    """Between two sheets of sample pictures."""


class Bucket(Section):
    """Pictures of one size; a batch is always of one bucket."""

    width: int = Field(ge=32, multiple_of=32)
    """Pixels."""
    height: int = Field(ge=32, multiple_of=32)
    """Pixels."""
    pictures: int = Field(ge=1)
    """How many are drawn."""
    share: float = Field(default=1.0, gt=0)
    """How often a batch is of this bucket, beside the others' shares."""
    close: bool = False
    """Cut-outs of this size around single things, of pictures twice as wide and high: they teach the denoiser shapes at
    a quarter of the cost. Their captions tell no place."""
    since: float = Field(default=0.0, ge=0, lt=1)
    """The share of the denoiser's steps before which it sees none of this bucket."""
    until: float = Field(default=1.0, gt=0, le=1)
    """The share of the denoiser's steps after which it sees none of this bucket."""

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def name(self) -> str:
        return f"{self.width}x{self.height}" + ("-close" if self.close else "")

    def is_open(self, progress: float) -> bool:
        """Whether the denoiser sees this bucket after that share of its steps."""
        return self.since <= progress < self.until

    def at_once(self, batch: int) -> int:
        """Pictures in a batch that costs as much as `batch` of 128 x 128."""
        return max(1, round(batch * REFERENCE / (self.width * self.height)))


class Data(Section):
    buckets: tuple[Bucket, ...] = Field(min_length=1)
    wordings: int = Field(default=4, ge=1)
    """Captions of each picture."""
    fragments: float = Field(default=0.1, ge=0, le=1)
    """The share of a picture's captions that name one part of it alone: a negative prompt is such a fragment."""
    kinds: dict[Kind, Annotated[float, Field(gt=0)]] = {}
    """The shares of the kinds of scenes in whole pictures; where none are given, those of `lot.MIX`, of which the more
    are given up the harder they are to arrange."""
    words: int = Field(default=200_000, ge=1)
    """Captions without a picture, for the tokenizer and the text encoder."""
    lessons: int = Field(default=24_000, ge=1)
    """Pictures of the judge."""
    first_seed: int = 1_000
    """Of the first scene; each further one has the next."""
    kept_back: int = Field(default=256, ge=1)
    """The last pictures of each bucket and the last of the words, never trained on."""

    @property
    def whole(self) -> tuple[Bucket, ...]:
        """The buckets whose pictures are no cut-outs."""
        return tuple(bucket for bucket in self.buckets if not bucket.close)

    @model_validator(mode="after")
    def _something_is_left(self) -> "Data":
        if min(self.words, *(bucket.pictures for bucket in self.buckets)) <= self.kept_back:
            raise ValueError("kept_back must leave some pictures of each bucket, and some words, to train on")
        return self

    @model_validator(mode="after")
    def _every_stage_has_something_to_see(self) -> "Data":
        starts = (0.0, *(bucket.since for bucket in self.buckets), *(bucket.until for bucket in self.buckets))
        if any(not any(bucket.is_open(start) for bucket in self.buckets) for start in starts if start < 1):
            raise ValueError("since and until must leave the denoiser some bucket at every step")
        if len({bucket.name for bucket in self.buckets}) < len(self.buckets):
            raise ValueError("each size may have one bucket of whole pictures and one of cut-outs")
        if not self.whole:
            raise ValueError("one bucket at least must show whole pictures: all but the denoiser learn from those")
        return self


class Tokenizer(Section):
    words: int = Field(default=1_600, ge=520)
    """The size of the vocabulary."""
    tokens: int = Field(default=56, ge=8)
    """The longest prompt, with its two marks."""


class Stage(Section):
    """How one stage learns; a learning rate of 0 for Muon leaves everything to AdamW."""

    steps: int = Field(ge=1)
    """Batches that the stage learns from."""
    batch: int = Field(ge=1)
    """Pictures of 128 x 128 in a batch (captions, for the text encoder); of other sizes as many as cost the same."""
    lr: float = Field(gt=0)
    """The learning rate of AdamW (https://arxiv.org/abs/1711.05101)."""
    muon_lr: float = Field(default=0.0, ge=0)
    """The learning rate of Muon (https://kellerjordan.github.io/posts/muon/), for all matrices and kernels."""
    warmup: int = Field(default=50, ge=1)
    """Steps over which the learning rates rise to their height."""
    decay_from: float = Field(default=0.4, ge=0, lt=1)
    """The share of the steps after which the learning rates fall, in a straight line, to nothing."""
    ema: float = Field(default=0.998, ge=0, lt=1)
    """What the average of the weights, which is what the stage leaves, keeps of itself at each step."""


class Autoencoder(Stage):
    widths: tuple[Width, Width, Width] = (24, 48, 96)
    """Channels of each level; the second and third halve the sides."""
    kl: float = Field(default=1e-3, ge=0)
    """The weight of the latents' divergence from the normal distribution, beside the pixels' error."""
    edges: float = Field(default=0.5, ge=0)
    """The weight of the error of neighbouring pixels' differences."""
    crop: int = Field(default=64, ge=8, multiple_of=8)
    """The side of the cut-outs that the first part of the stage sees."""
    crops_until: float = Field(default=0.5, ge=0, le=1)
    """The share of the steps that see cut-outs, which cost less than whole pictures."""


class Decoder(Stage):
    latent_noise: float = Field(default=0.2, ge=0)
    """The greatest noise on the decoder's latents, in units of the denoiser's latents."""
    features: float = Field(default=0.05, ge=0)
    """The weight of how differently the frozen encoder sees picture and copy."""
    critic: float = Field(default=0.35, ge=0)
    """The weight of what the critic says."""
    critic_from: float = Field(default=0.3, ge=0, le=1)
    """The share of the steps after which a critic asks for crisp edges."""


class Preview(Stage):
    width: int = Field(default=24, ge=1)
    """Channels of the light decoder."""


class Text(Stage):
    width: int = Field(default=192, ge=4, multiple_of=4)
    """Of each token's vector."""
    layers: int = Field(default=4, ge=1)


class Denoiser(Stage):
    widths: tuple[Width, ...] = Field(default=(48, 80, 112, 160, 192), min_length=2)
    """Channels of each level; all levels but the first look at the words."""
    gentle: float = 0.15
    """The text encoder's share of the learning rate: it has learned from words alone before."""
    caption_dropout: float = Field(default=0.15, ge=0, lt=1)
    """What guidance, and a negative prompt in its place, needs."""
    times: tuple[tuple[float, int, int], ...] = Field(
        default=((0.3, 0, 1000), (0.5, 150, 700), (0.2, 600, 1000)), min_length=1
    )
    """Share, first and last time step: where the denoiser practises. Shapes are decided in the middle."""
    min_snr: float = Field(default=5.0, gt=0)
    """From this signal-to-noise ratio on a time step counts no more (min-SNR-γ, https://arxiv.org/abs/2303.09556)."""
    foreground_weight: float = Field(default=5.0, ge=0)
    """How much more an error counts where a thing is: things cover less than a tenth of the pictures."""
    foreground_below: int = 700
    """The time step from which all counts alike: where a thing will be must be open there."""


class Turbo(Stage):
    trajectories: int = Field(default=12_800, ge=1)
    """Trajectories of the teacher, over all buckets by their shares."""
    trajectories_at_once: int = Field(default=64, ge=1)
    """Of pictures of 128 x 128, fewer of larger ones."""
    teacher_steps: int = Field(default=20, ge=1)
    guidance: float = Field(default=4.0, ge=0)
    """The teacher's, which the student takes in."""
    student_steps: int = Field(default=4, ge=1)
    """The student's steps."""
    rank: int = Field(default=18, ge=1)
    """Of the LoRA's matrices."""
    on_policy: float = Field(default=0.5, ge=0, le=1)
    """The share of practice that starts where the student's own leaps have led it."""

    @model_validator(mode="after")
    def _stops_lie_on_the_teachers_way(self) -> "Turbo":
        if self.teacher_steps % self.student_steps:
            raise ValueError("teacher_steps must be a multiple of student_steps")
        return self


class Judge(Stage):
    widths: tuple[Width, ...] = Field(default=(32, 64, 96, 128, 192), min_length=1)
    """Channels of each level; each halves the sides."""


class Samples(Section):
    """The sheet of pictures that is drawn now and then."""

    prompts: tuple[str, ...] = ()
    steps: int = Field(default=20, ge=1)
    guidance: float = Field(default=4.0, ge=0)


class Config(Section):
    seed: int = 0
    machine: Machine = Machine()
    data: Data
    tokenizer: Tokenizer = Tokenizer()
    autoencoder: Autoencoder
    decoder: Decoder
    preview: Preview
    text: Text
    denoiser: Denoiser
    turbo: Turbo
    judge: Judge
    samples: Samples = Samples()

    def brief(self, steps: int) -> "Config":
        """The same recipe with this many steps in each stage."""
        stages = {name: value for name, value in self if isinstance(value, Stage)}
        return self.model_copy(
            update={name: stage.model_copy(update={"steps": steps}) for name, stage in stages.items()}
        )


def read(recipe: str, path: Path = RECIPE) -> Config:
    """The recipe of that name; a file that does not fit is `Told`."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Told(f"{path.name} cannot be read: {error}.") from error
    recipes = tables.pop("recipes", {})
    if not isinstance(recipes, dict) or not all(isinstance(special, dict) for special in recipes.values()):
        raise Told(f"{path.name}, recipes: every recipe is a table, [recipes.NAME].")
    if recipe not in recipes:
        raise Told(f"{path.name} has no recipe “{recipe}”; there are: {', '.join(recipes)}.")
    try:
        return Config.model_validate(merged(tables, recipes[recipe]))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Told(f"{path.name}, recipe “{recipe}”, {where}: {first['msg']}.") from error


def merged(common: Mapping[str, Any], special: Mapping[str, Any]) -> dict[str, Any]:
    """Tables within tables are merged; any other value of `special` takes the place of the common one."""
    both = dict(common)
    for key, value in special.items():
        before = both.get(key)
        both[key] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return both
